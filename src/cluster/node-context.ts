/** What all pods of a node share. */
import type { ApiClient, EventRecorder } from "../client/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { PodNetwork } from "./network/pod-network.ts";
import type { ReadData } from "./pod-environment.ts";

export interface NodeContext {
  readonly client: ApiClient;
  readonly nodeName: string;
  /** The node's own addresses, IPv4 first. */
  readonly addresses: readonly string[];
  readonly network: PodNetwork;
  /** A directory for each pod, named by its uid. */
  readonly podsDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly recorder: EventRecorder;
  /** Wait before the second restart of a container that fails; the ones after it double it. */
  readonly crashBackOffMs: number;
  /** How the built-in image porthole/echo is run. */
  readonly echoCommand: readonly string[];
  /** Reads ConfigMaps and Secrets of a namespace. */
  readonly readData: (namespace: string) => ReadData;
}
