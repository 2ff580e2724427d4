/** Opens the iptables dataplane on the kernel. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import {
  createConntrack,
  NETLINK_NETFILTER,
  type NetworkNamespace,
  openNetlinkSocket,
  openXtablesReader,
  writeSysctl,
} from "../../kernel/index.ts";
import { isAtLeast } from "../../lib/version.ts";
import { watchGeneration } from "../nftables/generation-watch.ts";
import { StaleFlowRemover } from "../stale-flow-remover.ts";
import { cleanupIptables } from "./cleanup-iptables.ts";
import type { FamilyKernel } from "./family-controller.ts";
import { familyTraits } from "./family-traits.ts";
import { findVariant } from "./find-variant.ts";
import { IptablesDataplane } from "./iptables-dataplane.ts";
import { type IptablesPrograms, type Variant, variants } from "./iptables-programs.ts";
import { LegacyWatch } from "./legacy-watch.ts";

export interface IptablesOptions {
  /** The one that the node uses if absent. */
  readonly variant?: Variant;
  /** The process's own if absent. */
  readonly namespace?: NetworkNamespace;
}

interface Watch {
  committed(): void;
  changedByOthers(): Promise<boolean>;
}

/**
 * Opens it. Nothing changes before the first apply; what a previous process left goes on forwarding. Throws SystemCallError where there is
 * no netlink, or no permission, and an error that says what to install where there is no iptables.
 */
export async function openIptablesDataplane({
  variant,
  namespace,
}: IptablesOptions = {}): Promise<IptablesDataplane> {
  const programs = await findVariant(variant, namespace);
  const socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const families = Object.keys(familyTraits) as Family[];
  const reader = programs.variant === "legacy" ? await openXtablesReader(namespace) : undefined;
  const watch: Watch = reader ? new LegacyWatch(reader, families) : watchGeneration(socket);
  const kernel: FamilyKernel = {
    programs: { ...programs, restore: counted(programs, watch) },
    randomFully: isAtLeast(programs.version, [1, 6, 2]),
    routeLoopback: async () => writeSysctl("net/ipv4/conf/all/route_localnet", 1, namespace),
  };
  return new IptablesDataplane({
    families: new Map(families.map((family) => [family, kernel])),
    watch,
    removeOtherVariants: () =>
      cleanupIptables({
        variants: variants.filter((other) => other !== programs.variant),
        ...(namespace && { namespace }),
      }),
    flows: new StaleFlowRemover(createConntrack(socket)),
    async close() {
      reader?.[Symbol.dispose]();
      await socket[Symbol.asyncDispose]();
    },
  });
}

/** Each table that a restore names is a transaction. */
function counted(programs: IptablesPrograms, watch: Watch): IptablesPrograms["restore"] {
  return async (program, text) => {
    await programs.restore(program, text);
    for (const _ of text.matchAll(/^COMMIT$/gm)) watch.committed();
  };
}
