/** What every controller is given. */
import type { ApiClient, EventRecorder } from "../client/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { ClusterCaches } from "./cluster-caches.ts";

export interface ControllerContext {
  readonly client: ApiClient;
  readonly caches: ClusterCaches;
  /** Records Events in the name of the controller. */
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}
