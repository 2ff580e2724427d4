/** Choice: in which way a target's endpoint is chosen; all targets with one choice share chains and blocks of ids. */
import { type EndpointSet, hashChain, randomChain, stickyChain } from "./names.ts";

export interface Choice {
  /** How many endpoints, or entries that lead to endpoints, there are to choose from, 1 or more. */
  readonly endpoints: number;
  /** By the client's address and port, so that whoever has the same entries chooses the same; absent: at random. */
  readonly byHash?: true;
  readonly affinity?: {
    readonly seconds: number;
    /** A client has one endpoint of a Service port, and keeps it wherever it is in the set. */
    readonly set: EndpointSet;
  };
}

/** The chain that chooses so; also what a choice is known by. */
export function chainOf({ endpoints, affinity, byHash }: Choice): string {
  if (byHash) return hashChain(endpoints);
  return affinity ? stickyChain(endpoints, affinity.seconds, affinity.set) : randomChain(endpoints);
}

/** The reverse of chainOf; undefined for the name of any other chain. */
export function parseChain(name: string): Choice | undefined {
  const random = /^random-([1-9]\d*)$/.exec(name);
  if (random) return { endpoints: Number(random[1]) };
  const hash = /^hash-([1-9]\d*)$/.exec(name);
  if (hash) return { endpoints: Number(hash[1]), byHash: true };
  const sticky = /^sticky-([1-9]\d*)-([1-9]\d*)(-local)?$/.exec(name);
  if (!sticky) return undefined;
  return {
    endpoints: Number(sticky[1]),
    affinity: { seconds: Number(sticky[2]), set: sticky[3] === undefined ? "cluster" : "local" },
  };
}
