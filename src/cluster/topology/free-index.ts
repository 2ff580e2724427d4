/** Which addresses a new cluster can have beside what the host and other clusters use. Pure. */
import { addressBytes } from "../../kernel/index.ts";
import { clusterIndexes, planAddresses } from "./address-plan.ts";

/** The indexes whose addresses none of the host's routes lead anywhere, in the order in which to try them. Default routes do not count. */
export function freeIndexes(destinations: readonly string[], withIPv6: boolean): readonly number[] {
  const taken = destinations.filter((destination) => !destination.endsWith("/0"));
  return clusterIndexes.filter((index) =>
    planAddresses(index, withIPv6).prefixes.every((prefix) => !taken.some((other) => overlap(prefix, other))),
  );
}

/** Whether two prefixes have an address in common. An address alone is a prefix of its full length. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [readPrefix(one), readPrefix(other)];
  if (!a || !b || a.bits.length !== b.bits.length) return false;
  const length = Math.min(a.length, b.length);
  return a.bits.slice(0, length) === b.bits.slice(0, length);
}

function readPrefix(text: string): { readonly bits: string; readonly length: number } | undefined {
  const [address = "", length] = text.split("/");
  const bytes = addressBytes(address);
  if (!bytes) return undefined;
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return { bits, length: length === undefined ? bits.length : Number(length) };
}
