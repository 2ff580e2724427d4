/** Opens the nftables dataplane on the kernel, and takes it away again. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import {
  commitTransaction,
  createConntrack,
  type NamespaceHandle,
  NETLINK_NETFILTER,
  type NetlinkSocket,
  openNetlinkSocket,
} from "../../kernel/index.ts";
import { Transaction } from "../../netlink/nftables/index.ts";
import { StaleFlowRemover } from "../stale-flow-remover.ts";
import { type FamilyTraits, familyTraits } from "./family-traits.ts";
import { watchGeneration } from "./generation-watch.ts";
import { kernelFamilyTable } from "./kernel-family-table.ts";
import { TABLE } from "./names.ts";
import { NftablesDataplane } from "./nftables-dataplane.ts";
import type { FamilyTable } from "./table-contents.ts";
import { TurnedAway } from "./turned-away.ts";

/**
 * Opens it in a network namespace, the process's own if none is given, in tables of that name. Nothing changes before the first apply; what a
 * previous process left goes on forwarding. Throws SystemCallError where there is no netlink, or no permission.
 */
export async function openNftablesDataplane(
  namespace?: NamespaceHandle,
  table: string = TABLE,
): Promise<NftablesDataplane> {
  const socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const watch = watchGeneration(socket);
  const families = traitsOf(table);
  const tables = families.map(
    (traits) => [traits.family, kernelFamilyTable(socket, traits, () => watch.committed())] as const,
  );
  return new NftablesDataplane({
    tables: new Map<Family, FamilyTable>(tables),
    watch,
    flows: new StaleFlowRemover(createConntrack(socket)),
    turnedAway: new TurnedAway(socket, families, () => watch.committed()),
    close: async () => socket[Symbol.asyncDispose](),
  });
}

/** Removes Porthole's tables of both families, if they are there. Nobody else's are touched. */
export async function cleanupNftables(namespace?: NamespaceHandle, table: string = TABLE): Promise<void> {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  await deleteTables(socket, traitsOf(table));
}

function traitsOf(table: string): readonly FamilyTraits[] {
  return Object.values(familyTraits).map((traits) => ({ ...traits, table }));
}

/** Removes a table of each family, if it is there. */
export async function deleteTables(socket: NetlinkSocket, families: readonly FamilyTraits[]): Promise<void> {
  for (const { name: family, table } of families) {
    // Deleting what is not there is an error before kernel 6.3; adding what is there is none.
    const transaction = new Transaction()
      .add({ kind: "add-table", family, table })
      .add({ kind: "delete-table", family, table });
    await commitTransaction(socket, transaction);
  }
}
