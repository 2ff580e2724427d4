/** The rows that say which endpoints a target has. */
import { maps } from "./names.ts";
import { addressPortData, hostNumber, type Row } from "./row.ts";
import type { Target } from "./target-book.ts";
import { LOCAL_SET } from "./target-id.ts";

/** PERF: a row for each endpoint; three of them with session affinity. */
export function* targetRows({
  id,
  slots,
  backends,
  comment,
  session,
  choice,
}: Target): Generator<Row, undefined> {
  if (session) {
    yield { set: maps.sessions, key: hostNumber(id), data: hostNumber(session.id), comment };
  }
  const inSet = choice.affinity?.set === "local" ? LOCAL_SET : 0;
  for (const [index, { key, address, port }] of slots.entries()) {
    const slot = hostNumber(index);
    if (session) {
      const data = hostNumber(session.endpointId(key));
      yield { set: maps.sessionSlots, key: hostNumber(session.id + inSet) + slot, data, comment };
    } else {
      yield { set: maps.backends, key: hostNumber(id) + slot, data: addressPortData(address, port), comment };
    }
  }
  if (!session) return undefined;
  // Several slots may lead to one of them.
  for (const { key, address, port } of backends) {
    const endpoint = hostNumber(session.endpointId(key) + inSet);
    yield { set: maps.sessionBackends, key: endpoint, data: addressPortData(address, port), comment };
  }
  return undefined;
}
