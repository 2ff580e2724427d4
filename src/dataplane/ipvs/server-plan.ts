/** ServerPlan: which virtual servers there must be, and with which real servers, kept up at the cost of what changes. */
import type { Frontend, Protocol } from "../../forwarding/forwarding-table.ts";
import type { FrontendChange } from "../frontend-changes.ts";
import { servingEndpoints } from "../stale-flows.ts";
import { chosenBackends } from "./chosen-scope.ts";
import { formatPlace, placesOf, type ServerPlace } from "./server-place.ts";

/** Weights of real servers by `address:port`. */
export type Weights = ReadonlyMap<string, number>;

export interface WantedServer {
  /** Absent: no virtual server chooses there, or nobody serves. */
  readonly weights?: Weights;
  /** Says of a real server that gets no new connections whether those that it has may go on. */
  mayStay(realServer: string): boolean;
}

export class ServerPlan {
  /** By place: frontends with an address; they go before NodePorts. */
  readonly #atAddress = new Map<string, Frontend>();
  /** By protocol and port. */
  readonly #nodePorts = new Map<string, Frontend>();
  #nodePortAddresses: readonly string[] = [];

  /** Takes changes in, and returns the places where a virtual server may have to change, by their text. */
  change(
    changes: readonly FrontendChange[],
    nodePortAddresses: readonly string[],
  ): ReadonlyMap<string, ServerPlace> {
    const touched = new Map<string, ServerPlace>();
    const touch = (frontend: Frontend, addresses: readonly string[]) => {
      for (const place of placesOf(frontend, addresses)) touched.set(formatPlace(place), place);
    };
    const before = this.#nodePortAddresses;
    for (const { previous } of changes) {
      if (!previous) continue;
      touch(previous, before);
      this.#remove(previous);
    }
    for (const { next } of changes) {
      if (!next) continue;
      touch(next, nodePortAddresses);
      this.#put(next);
    }
    if (isOther(before, nodePortAddresses)) {
      const gone = before.filter((address) => !nodePortAddresses.includes(address));
      const come = nodePortAddresses.filter((address) => !before.includes(address));
      for (const frontend of this.#nodePorts.values()) touch(frontend, [...gone, ...come]);
    }
    this.#nodePortAddresses = nodePortAddresses;
    return touched;
  }

  wanted(place: ServerPlace): WantedServer {
    const frontend = this.frontendAt(place);
    const backends = frontend && chosenBackends(frontend);
    return {
      ...(backends && { weights: new Map(backends.map(({ key, weight = 1 }) => [key, weight])) }),
      mayStay: place.protocol === "UDP" ? servingTest(frontend) : () => true,
    };
  }

  /** Who serves a place. */
  frontendAt(place: ServerPlace): Frontend | undefined {
    const there = this.#atAddress.get(formatPlace(place));
    if (there || !this.#nodePortAddresses.includes(place.address)) return there;
    return this.#nodePorts.get(nodePortKey(place));
  }

  /** All places that frontends have. */
  *places(): Generator<ServerPlace, undefined> {
    for (const frontends of [this.#atAddress, this.#nodePorts])
      for (const frontend of frontends.values()) yield* placesOf(frontend, this.#nodePortAddresses);
    return undefined;
  }

  #put(frontend: Frontend): void {
    const { address, protocol, port } = frontend;
    if (address === undefined) this.#nodePorts.set(nodePortKey(frontend), frontend);
    else this.#atAddress.set(formatPlace({ protocol, address, port }), frontend);
  }

  #remove(frontend: Frontend): void {
    const { address, protocol, port } = frontend;
    if (address === undefined) this.#nodePorts.delete(nodePortKey(frontend));
    else this.#atAddress.delete(formatPlace({ protocol, address, port }));
  }
}

function nodePortKey({ family, protocol, port }: { family: string; protocol: Protocol; port: number }) {
  return `${family} ${protocol} ${port}`;
}

/** A UDP flow may stay on an endpoint that serves, and must leave any other. */
function servingTest(frontend: Frontend | undefined): (realServer: string) => boolean {
  if (!frontend) return () => false;
  const serving = new Set(servingEndpoints(frontend));
  return (realServer) => serving.has(realServer);
}

function isOther(a: readonly string[], b: readonly string[]): boolean {
  return a !== b && (a.length !== b.length || a.some((address, index) => address !== b[index]));
}
