/** Where pods live: their addresses, and what makes a process one of a pod's. */

import type { Socket } from "node:net";

/** A pod's place on the network, once it is there. */
export interface PodSandbox {
  /** Calls `start`: processes that it spawns are the pod's. What it puts off until later is not. */
  enter<T>(start: () => T): T;
  /** Begins to connect to a port of the pod, as `kubectl port-forward` does; the socket tells of every failure. */
  connect(port: number): Socket;
  /** Where a program listens that is to be reached at all of the pod's addresses. */
  readonly listenAddress: string;
  /** Its ports are its own: nobody outside can hold one of them. */
  readonly hasOwnPorts: boolean;
}

/** The network of one node. A pod's addresses name its place: IPv4 first, and the first one is the pod's `podIP`. */
export interface PodNetwork {
  /** Ranges of its pods' addresses, one for each family. */
  readonly podCidrs: readonly string[];
  /** Returns undefined when no addresses are left. */
  take(): readonly string[] | undefined;
  /** Takes the addresses of a pod that has them already. Returns false if they are held, or not this node's. */
  claim(addresses: readonly string[]): boolean;
  /** Removes the places that an agent before this one has left and nobody has claimed. */
  removeUnclaimed(): Promise<void>;
  /** Makes the place, or finds it again: `isRunning` says that processes of the pod are in it. */
  open(addresses: readonly string[], isRunning: boolean): Promise<PodSandbox>;
  /** Takes the place away; the addresses can then be another pod's. */
  giveBack(addresses: readonly string[]): Promise<void>;
  /** The node's own network, which pods with hostNetwork share. */
  readonly node: PodSandbox;
}
