/** The rows that say which endpoints a target has. */
import { maps } from "./names.ts";
import { addressPortData, hostNumber, type Row } from "./row.ts";
import type { Target } from "./target-book.ts";

/** PERF: a row for each endpoint; three of them with session affinity. */
export function* targetRows({ id, slots, comment, session }: Target): Generator<Row, undefined> {
  if (session) {
    yield { set: maps.sessions, key: hostNumber(id), data: hostNumber(session.id), comment };
  }
  for (const [index, { key, address, port }] of slots.entries()) {
    const slot = hostNumber(index);
    const data = addressPortData(address, port);
    if (!session) {
      yield { set: maps.backends, key: hostNumber(id) + slot, data, comment };
      continue;
    }
    const endpoint = hostNumber(session.endpointId(key));
    yield { set: maps.sessionSlots, key: hostNumber(session.id) + slot, data: endpoint, comment };
    yield { set: maps.sessionBackends, key: endpoint, data, comment };
  }
  return undefined;
}
