/** Everything that the server does so that Services get addresses and ports, and keep them. */
import { ipAddressDefinition } from "../../api/ip-address.ts";
import type { KubeObject } from "../../api/meta.ts";
import { serviceDefinition } from "../../api/service-definition.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { wait } from "../../lib/wait.ts";
import type { Store } from "../../store/index.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import type { WriteHook } from "../write-hook.ts";
import { type AllocationFollower, createAllocationFollower } from "./allocation-follower.ts";
import { ensureDefaultServiceCidr } from "./default-service-cidr.ts";
import { createIpAddressHook } from "./ip-address-hook.ts";
import { createServiceAllocators } from "./service-allocators.ts";
import { createServiceHook } from "./service-hook.ts";
import { type ServiceRepair, startServiceRepair } from "./service-repair.ts";

export interface ServiceAllocationOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** `10.96.0.0/16` or `10.96.0.0/16,fd00:10:96::/112`; the first one is the primary family. */
  readonly clusterIpRange: string;
  /** `30000-32767` */
  readonly nodePortRange: string;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
}

export interface ServiceAllocation extends Pick<ServiceRepair, "stop"> {
  /** Keyed by storage prefix, as the kind registry wants them. */
  readonly hooks: ReadonlyMap<string, WriteHook<KubeObject>>;
}

/** Throws RangeError for a range that cannot be used. Resolves once it is known what the stored Services have. */
export async function startServiceAllocation(options: ServiceAllocationOptions): Promise<ServiceAllocation> {
  const { store, clock, log, clusterIpRange, nodePortRange, random = Math.random } = options;
  const allocators = createServiceAllocators(clusterIpRange, nodePortRange, random);
  const cidrs = [...allocators.clusterIps.values()].map(({ range }) => range);
  await ensureDefaultServiceCidr(store, clock, cidrs);
  const follower = createAllocationFollower(store, allocators);
  const repair = await startServiceRepair({ store, allocators, clock, log, follower });
  const stopping = new AbortController();
  const following = follow(follower, repair, options, stopping.signal);
  const settle = async () => follower.reach(await store.revision());
  const hooks = new Map([
    [storagePrefix(serviceDefinition), general(createServiceHook(allocators, clock, settle))],
    [storagePrefix(ipAddressDefinition), general(createIpAddressHook(allocators))],
  ]);
  return {
    hooks,
    async stop() {
      stopping.abort();
      await Promise.all([repair.stop(), following]);
    },
  };
}

const followAgainMs = 1000;

/** When the store's watch fails, what was missed is read from the Services themselves. */
async function follow(
  follower: AllocationFollower,
  repair: ServiceRepair,
  { clock, log }: ServiceAllocationOptions,
  signal: AbortSignal,
): Promise<void> {
  let after: number | undefined = repair.revision;
  while (!signal.aborted) {
    try {
      after ??= await repair.repair();
      await follower.run(after, signal);
    } catch (error) {
      log.warn("Failed to follow what Services allocate", { error: String(error) });
    }
    after = undefined;
    await wait(clock, followAgainMs, signal);
  }
}

/** The registry calls a hook only with objects of the kind that it is registered for. */
function general<T extends KubeObject>(hook: WriteHook<T>): WriteHook<KubeObject> {
  return hook as unknown as WriteHook<KubeObject>;
}
