/** Choice: in which way a target's endpoint is chosen; all targets with one choice share chains and blocks of ids. */
import { type EndpointSet, hashChain, randomChain, stickyChain } from "./names.ts";

export interface Choice {
  /** How many endpoints, or entries that lead to endpoints, there are to choose from, 1 or more. */
  readonly endpoints: number;
  /** By the client's address and port, with affinity by its address, so that whoever has the same entries chooses the same; absent: at random. */
  readonly byHash?: true;
  readonly affinity?: {
    readonly seconds: number;
    /** A client has one endpoint of a Service port, and keeps it wherever it is in the set. */
    readonly set: EndpointSet;
  };
}

/** The chain that chooses so; also what a choice is known by. */
export function chainOf({ endpoints, affinity, byHash }: Choice): string {
  if (affinity) return stickyChain(endpoints, affinity.seconds, affinity.set, byHash);
  return byHash ? hashChain(endpoints) : randomChain(endpoints);
}

/** The reverse of chainOf; undefined for the name of any other chain. */
export function parseChain(name: string): Choice | undefined {
  const spread = /^(random|hash)-([1-9]\d*)$/.exec(name);
  if (spread) return { endpoints: Number(spread[2]), ...(spread[1] === "hash" && { byHash: true }) };
  const sticky = /^sticky-(hash-)?([1-9]\d*)-([1-9]\d*)(-local)?$/.exec(name);
  if (!sticky) return undefined;
  const [, hash, endpoints, seconds, local] = sticky;
  return {
    endpoints: Number(endpoints),
    ...(hash && { byHash: true }),
    affinity: { seconds: Number(seconds), set: local === undefined ? "cluster" : "local" },
  };
}
