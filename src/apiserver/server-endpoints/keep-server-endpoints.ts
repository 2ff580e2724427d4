/** Keeps the endpoints of the Service default/kubernetes: those servers that are alive. */
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { Store } from "../../store/index.ts";
import type { ServerAddress } from "./server-address.ts";
import { createServerLeases } from "./server-leases.ts";
import { writeServerEndpoints } from "./write-endpoints.ts";

/** kube-apiserver's DefaultEndpointReconcilerInterval. */
const intervalMs = 10_000;

export interface ServerEndpointsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly own: ServerAddress;
  /** Other servers write to the same store. A server that has it alone is the only endpoint, whatever was there before. */
  readonly isShared: boolean;
}

export interface ServerEndpoints {
  /** Takes this server out, and waits for what is under way. */
  stop(): Promise<void>;
}

/** Resolves when this server is an endpoint. */
export async function keepServerEndpoints(options: ServerEndpointsOptions): Promise<ServerEndpoints> {
  const { store, clock, log, own, isShared } = options;
  if (!isShared) {
    await writeServerEndpoints(store, clock, [own]);
    return { stop: async () => {} };
  }
  const leases = createServerLeases(store, clock, own);
  const reconcile = async () => writeServerEndpoints(store, clock, await leases.renew());
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const schedule = (): (() => void) =>
    clock.after(intervalMs, () => {
      running = reconcile()
        .catch((error) => log.warn("Failed to renew this server's lease", { error: String(error) }))
        .finally(() => {
          if (!stopped) cancel = schedule();
        });
    });
  await reconcile();
  let cancel = schedule();
  return {
    async stop() {
      stopped = true;
      cancel();
      await running;
      await leave(options, leases.release);
    },
  };
}

/** What fails here heals by itself: the others drop a lease that nobody renews. */
async function leave(
  { store, clock, log }: ServerEndpointsOptions,
  release: () => Promise<readonly ServerAddress[]>,
): Promise<void> {
  try {
    await writeServerEndpoints(store, clock, await release());
  } catch (error) {
    log.warn("Failed to give up this server's lease", { error: String(error) });
  }
}
