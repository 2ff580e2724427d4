/** The rows that say which endpoints a target has. */
import { maps } from "./names.ts";
import { addressPortData, hostNumber, type Row } from "./row.ts";
import type { Target } from "./target-book.ts";
import { LOCAL_SET } from "./target-id.ts";

/** PERF: a row for each endpoint; three of them with session affinity. */
export function* targetRows({ id, slots, comment, session, choice }: Target): Generator<Row, undefined> {
  if (session) {
    yield { set: maps.sessions, key: hostNumber(id), data: hostNumber(session.id), comment };
  }
  const inSet = choice.affinity?.set === "local" ? LOCAL_SET : 0;
  for (const [index, { key, address, port }] of slots.entries()) {
    const slot = hostNumber(index);
    const data = addressPortData(address, port);
    if (!session) {
      yield { set: maps.backends, key: hostNumber(id) + slot, data, comment };
      continue;
    }
    const endpoint = session.endpointId(key);
    const slotKey = hostNumber(session.id + inSet) + slot;
    yield { set: maps.sessionSlots, key: slotKey, data: hostNumber(endpoint), comment };
    yield { set: maps.sessionBackends, key: hostNumber(endpoint + inSet), data, comment };
  }
  return undefined;
}
