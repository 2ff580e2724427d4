/**
 * A key for each node port that is taken, written in the same commit as its Service: of two servers that give one number away
 * at once, one finds the key there. No number can leak, since both are written or none.
 */
import type { Service } from "../../api/service.ts";
import type { Write } from "../../store/index.ts";
import { ownerOf } from "./service-allocators.ts";
import { claimedNodePorts } from "./service-ports.ts";

/** No kind lies under it; kube-apiserver keeps its bitmap of node ports in a place of this name. */
export const nodePortPrefix = "ranges/servicenodeports/";

export function nodePortKey(port: number): string {
  return `${nodePortPrefix}${port}`;
}

/** Fails the commit if the key exists: another Service took the port meanwhile. */
export function takeNodePort(port: number, service: Service): Write {
  return { key: nodePortKey(port), value: ownerOf(service), ifRevision: 0 };
}

/** What `next` has and `old` has not, and the other way round; the health-check port included. */
export function changedNodePorts(
  next: Service | undefined,
  old: Service | undefined,
): { readonly taken: readonly number[]; readonly given: readonly number[] } {
  const has = new Set(next ? claimedNodePorts(next) : []);
  const had = new Set(old ? claimedNodePorts(old) : []);
  return {
    taken: [...has].filter((port) => !had.has(port)),
    given: [...had].filter((port) => !has.has(port)),
  };
}
