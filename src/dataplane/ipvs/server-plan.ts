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
  /** Grows when an address comes or goes. */
  addressChanges = 0;
  /** How many frontends have an address; the others' without those of clusters. */
  readonly #addresses = new Counts();
  readonly #outsideAddresses = new Counts();
  #nodePortAddresses: readonly string[] = [];
  #outside: readonly string[] | undefined;

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

  /** Addresses of Services, which must lead to this node. */
  addresses(): Iterable<string> {
    return this.#addresses.names();
  }

  /** Those of load balancers and external ones; the same array until there are others. */
  outsideAddresses(): readonly string[] {
    this.#outside ??= [...this.#outsideAddresses.names()];
    return this.#outside;
  }

  hasAddress(address: string): boolean {
    return this.#addresses.has(address);
  }

  #put(frontend: Frontend): void {
    const { kind, address, protocol, port } = frontend;
    if (address === undefined) {
      this.#nodePorts.set(nodePortKey(frontend), frontend);
      return;
    }
    this.#atAddress.set(formatPlace({ protocol, address, port }), frontend);
    if (this.#addresses.add(address)) this.addressChanges += 1;
    if (kind !== "ClusterIP" && this.#outsideAddresses.add(address)) this.#outside = undefined;
  }

  #remove(frontend: Frontend): void {
    const { kind, address, protocol, port } = frontend;
    if (address === undefined) {
      this.#nodePorts.delete(nodePortKey(frontend));
      return;
    }
    this.#atAddress.delete(formatPlace({ protocol, address, port }));
    if (this.#addresses.remove(address)) this.addressChanges += 1;
    if (kind !== "ClusterIP" && this.#outsideAddresses.remove(address)) this.#outside = undefined;
  }
}

class Counts {
  readonly #counts = new Map<string, number>();

  /** Says whether it is new. */
  add(name: string): boolean {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0;
  }

  /** Says whether it is gone. */
  remove(name: string): boolean {
    const count = (this.#counts.get(name) ?? 0) - 1;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
    return count <= 0;
  }

  has(name: string): boolean {
    return this.#counts.has(name);
  }

  names(): Iterable<string> {
    return this.#counts.keys();
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
