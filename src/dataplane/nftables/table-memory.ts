/** What a table's rows tell a new process: which ids and sessions frontends had, so that it changes nothing needlessly. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { maps } from "./names.ts";
import { addressPortData, addressPortKey, portKey, type Row, readHostNumber, rowId } from "./row.ts";
import { Session } from "./session.ts";
import type { FamilyTable } from "./table-contents.ts";
import type { TargetMemory } from "./target-book.ts";
import { SESSION_BITS, SESSION_ENDPOINTS, withoutFlags } from "./target-id.ts";

/** Answers from the kernel's rows; with what is not there, answers nothing. */
export async function createTableMemory(table: Pick<FamilyTable, "readRows">) {
  const index = async (set: string) => new Map((await table.readRows(set)).map((row) => [rowId(row), row]));
  const frontends = {
    address: { external: await index(maps.frontends), internal: await index(maps.internalFrontends) },
    nodePort: { external: await index(maps.nodePorts), internal: await index(maps.internalNodePorts) },
  };
  const sessions = await table.readRows(maps.sessions);
  const sessionsById = new Map(
    sessions.map(({ key, data }) => [readHostNumber(key), data ? readHostNumber(data) : 0]),
  );
  const endpoints = Map.groupBy(
    await table.readRows(maps.sessionBackends),
    ({ key }) => readHostNumber(key) >>> SESSION_BITS,
  );

  return (frontend: Frontend, scope: "external" | "internal"): TargetMemory => {
    const { address, protocol, port } = frontend;
    const key = address === undefined ? portKey(protocol, port) : addressPortKey(address, protocol, port);
    const places = address === undefined ? frontends.nodePort : frontends.address;
    const row = (scope === "internal" ? places.internal.get(key) : undefined) ?? places.external.get(key);
    if (!row?.data) return {};
    const id = withoutFlags(readHostNumber(row.data));
    const sessionId = sessionsById.get(id);
    if (sessionId === undefined) return { id };
    const number = sessionId >>> SESSION_BITS;
    return { id, session: new Session(number, endpointNumbers(frontend, endpoints.get(number) ?? [])) };
  };
}

/** The keys of the frontend's own backends that the session has numbers for. */
function endpointNumbers(frontend: Frontend, rows: readonly Row[]): readonly (readonly [string, number])[] {
  const numbers = new Map(
    rows.map(({ key, data }) => [data, readHostNumber(key) & SESSION_ENDPOINTS] as const),
  );
  return [frontend.external, frontend.internal].flatMap((target) =>
    target.kind !== "forward"
      ? []
      : target.backends.flatMap(({ key, address, port }) => {
          const number = numbers.get(addressPortData(address, port));
          return number === undefined ? [] : [[key, number] as const];
        }),
  );
}
