/** The rows that say which endpoints a target has. */
import { maps } from "./names.ts";
import { addressPortData, hostNumbers, type Row } from "./row.ts";
import type { Target } from "./target-book.ts";

/** PERF: a row for each endpoint; three of them with session affinity. */
export function targetRows(target: Target): readonly Row[] {
  const { id, slots, comment, session } = target;
  if (!session) {
    return slots.map(({ address, port }, slot) => ({
      set: maps.backends,
      key: hostNumbers(id, slot),
      data: addressPortData(address, port),
      comment,
    }));
  }
  const rows: Row[] = [{ set: maps.sessions, key: hostNumbers(id), data: hostNumbers(session.id), comment }];
  slots.forEach(({ key, address, port }, slot) => {
    const endpoint = hostNumbers(session.endpointId(key));
    rows.push(
      { set: maps.sessionSlots, key: hostNumbers(session.id, slot), data: endpoint, comment },
      { set: maps.sessionBackends, key: endpoint, data: addressPortData(address, port), comment },
    );
  });
  return rows;
}
