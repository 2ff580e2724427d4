/** Choice: in which way a target's endpoint is chosen; all targets with one choice share chains and blocks of ids. */
import { randomChain, stickyChain } from "./names.ts";

export interface Choice {
  /** How many endpoints there are to choose from, 1 or more. */
  readonly endpoints: number;
  /** Session affinity's time-out. */
  readonly affinitySeconds?: number;
}

/** The chain that chooses so; also what a choice is known by. */
export function chainOf({ endpoints, affinitySeconds }: Choice): string {
  return affinitySeconds === undefined ? randomChain(endpoints) : stickyChain(endpoints, affinitySeconds);
}

/** The reverse of chainOf; undefined for the name of any other chain. */
export function parseChain(name: string): Choice | undefined {
  const random = /^random-([1-9]\d*)$/.exec(name);
  if (random) return { endpoints: Number(random[1]) };
  const sticky = /^sticky-([1-9]\d*)-([1-9]\d*)$/.exec(name);
  return sticky ? { endpoints: Number(sticky[1]), affinitySeconds: Number(sticky[2]) } : undefined;
}
