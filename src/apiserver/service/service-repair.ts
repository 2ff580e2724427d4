/** ServiceRepair: at the start and every three minutes, allocations are compared with the stored Services. */
import type { LeakSightings } from "../../allocator/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { Store } from "../../store/index.ts";
import type { AllocationFollower } from "./allocation-follower.ts";
import { repairAddresses } from "./repair-addresses.ts";
import { type RepairEvent, recordRepairEvent } from "./repair-events.ts";
import { repairPortKeys } from "./repair-port-keys.ts";
import { repairPorts } from "./repair-ports.ts";
import type { ServiceAllocators } from "./service-allocators.ts";
import { readAllocations, type StoredAllocations } from "./stored-allocations.ts";

export interface RepairContext {
  readonly store: Store;
  readonly allocators: ServiceAllocators;
  readonly clock: Clock;
  readonly log: Logger;
  /** Says what is known to be held already; absent where this process alone writes. */
  readonly follower?: AllocationFollower;
}

export interface ServiceRepair {
  /** What is stored up to this revision is held after the first pass. */
  readonly revision: number;
  /** A pass at once; resolves with the revision up to which all is held. */
  repair(): Promise<number>;
  /** Stops the loop, and waits for a pass that is under way. */
  stop(): Promise<void>;
}

/** What a pass must remember for the next one. */
interface Leaks {
  readonly ports: LeakSightings<number>;
  readonly addresses: LeakSightings<string>;
  readonly revision: number;
}

/** pkg/registry/core/rest: serviceNodePortRepair and serviceClusterIPRepair run with this interval. */
const intervalMs = 3 * 60_000;

/** Resolves after the first pass, which everything else depends on: until then no number is known to be taken. */
export async function startServiceRepair(context: RepairContext): Promise<ServiceRepair> {
  const { clock, log } = context;
  let leaks = await repairOnce(context, { ports: new Map(), addresses: new Map(), revision: 0 }, true);
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = schedule();

  function schedule(): () => void {
    return clock.after(intervalMs, () => {
      running = pass().finally(() => {
        if (!stopped) cancel = schedule();
      });
    });
  }

  async function pass(): Promise<void> {
    try {
      leaks = await repairOnce(context, leaks, false);
    } catch (error) {
      log.warn("Failed to repair allocations of Services", { error: String(error) });
    }
  }

  return {
    revision: leaks.revision,
    async repair() {
      leaks = await repairOnce(context, leaks, false);
      return leaks.revision;
    },
    stop() {
      stopped = true;
      cancel();
      return running;
    },
  };
}

async function repairOnce(context: RepairContext, leaks: Leaks, isStart: boolean): Promise<Leaks> {
  const { store, allocators, clock, log } = context;
  const { services, addresses: objects, portKeys, revision } = await readSettled(context);
  const ports = repairPorts(allocators.nodePorts, services, leaks.ports, isStart);
  const addresses = repairAddresses(allocators, services, objects, leaks.addresses, clock.now());
  for (const write of addresses.writes) await store.commit([write]);
  await repairPortKeys(store, services, portKeys);
  await tell(context, [...ports.events, ...addresses.events]);
  for (const port of ports.freed) log.info("Freed a node port that no Service has", { port });
  for (const address of addresses.freed) log.info("Freed a cluster IP that no Service has", { address });
  return { ports: ports.leaks, addresses: addresses.leaks, revision };
}

const readAttempts = 5;

/** One revision's state, to which nothing that is allocated has been added meanwhile, if a few attempts find a quiet moment. */
async function readSettled({ store, follower }: RepairContext): Promise<StoredAllocations> {
  for (let attempt = 1; ; attempt += 1) {
    const stored = await readAllocations(store);
    await follower?.reach(stored.revision);
    if (attempt === readAttempts || !follower || follower.lastChange() <= stored.revision) return stored;
  }
}

async function tell({ store, clock, log }: RepairContext, events: readonly RepairEvent[]): Promise<void> {
  for (const event of events) {
    const { namespace, name } = event.service.metadata;
    log.warn("Allocation of a Service needs attention", {
      service: `${namespace}/${name}`,
      reason: event.reason,
      message: event.message,
    });
    await recordRepairEvent(store, event, clock.now());
  }
}
