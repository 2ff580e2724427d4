/** The order of a merged list: what the patch names in the patch's order, everything else where the server had it. */
import { isMap } from "./json-value.ts";

/** apimachinery strategicpatch normalizeElementOrder. `mergeKey` is absent for lists of scalars. */
export function orderMerged(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string | undefined,
): readonly unknown[] {
  const identify = (item: unknown): unknown =>
    mergeKey !== undefined && isMap(item) ? item[mergeKey] : item;
  const patchPlaces = places(patchOrder, identify);
  const serverPlaces = places(serverOrder, identify);
  const fromPatch = merged.filter((item) => patchPlaces.has(identify(item)));
  const fromServer = merged.filter((item) => !patchPlaces.has(identify(item)));
  fromPatch.sort((a, b) => (patchPlaces.get(identify(a)) ?? 0) - (patchPlaces.get(identify(b)) ?? 0));
  const ordered: unknown[] = [];
  while (fromPatch.length > 0 && fromServer.length > 0) {
    const left = serverPlaces.get(identify(fromServer[0]));
    const right = serverPlaces.get(identify(fromPatch[0]));
    const isServerFirst = left !== undefined && right !== undefined && left < right;
    ordered.push(isServerFirst ? fromServer.shift() : fromPatch.shift());
  }
  return [...ordered, ...fromServer, ...fromPatch];
}

function places(items: readonly unknown[], identify: (item: unknown) => unknown): Map<unknown, number> {
  return new Map(items.map((item, index) => [identify(item), index]));
}
