/** Slots: the places of a target's endpoints, which stay where they are as long as they can. */
import type { Backend } from "../../forwarding/forwarding-table.ts";

/**
 * Returns the backends, each at a slot: those that had one of the slots that there still are keep it, the others fill
 * the rest in order. So an endpoint that is replaced by another costs one row.
 */
export function placeBackends(
  previous: readonly Backend[],
  backends: readonly Backend[],
): readonly Backend[] {
  if (previous.length === 0) return backends;
  const waiting = new Map(backends.map((backend) => [backend.key, backend]));
  const slots: (Backend | undefined)[] = backends.map((_, slot) => {
    const known = waiting.get(previous[slot]?.key ?? "");
    if (known) waiting.delete(known.key);
    return known;
  });
  const rest = waiting.values();
  return slots.map((backend) => {
    const placed = backend ?? rest.next().value;
    if (!placed) throw new RangeError("Cannot place backends: two have one key");
    return placed;
  });
}
