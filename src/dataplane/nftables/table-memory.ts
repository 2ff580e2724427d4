/** What a table's rows tell a new process: which ids and sessions frontends had, so that it changes nothing needlessly. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { maps } from "./names.ts";
import { addressPortData, addressPortKey, portKey, type Row, readHostNumber, rowId } from "./row.ts";
import { Session } from "./session-space.ts";
import type { TableContents } from "./table-contents.ts";
import type { TargetMemory } from "./target-book.ts";
import { SESSION_BITS, SESSION_ENDPOINTS, withoutFlags } from "./target-id.ts";

/** Answers from the rows; with what is not there, answers nothing. */
export function createTableMemory({ rows }: Pick<TableContents, "rows">) {
  const bySet = Map.groupBy(rows, ({ set }) => set);
  const index = (set: string) => new Map(bySet.get(set)?.map((row) => [rowId(row), row]));
  const frontends = {
    address: { external: index(maps.frontends), internal: index(maps.internalFrontends) },
    nodePort: { external: index(maps.nodePorts), internal: index(maps.internalNodePorts) },
  };
  const sessionsById = new Map(
    bySet.get(maps.sessions)?.map(({ key, data }) => [readHostNumber(key), data ? readHostNumber(data) : 0]),
  );
  const endpoints = Map.groupBy(
    bySet.get(maps.sessionBackends) ?? [],
    ({ key }) => readHostNumber(key) >>> SESSION_BITS,
  );

  return (frontend: Frontend, scope: "external" | "internal"): TargetMemory => {
    const { address, protocol, port } = frontend;
    const key = address === undefined ? portKey(protocol, port) : addressPortKey(address, protocol, port);
    const places = address === undefined ? frontends.nodePort : frontends.address;
    const row =
      (scope === "internal" ? places.internal.get(rowId({ key })) : undefined) ??
      places.external.get(rowId({ key }));
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
    rows.map(({ key, data }) => [hex(data), readHostNumber(key) & SESSION_ENDPOINTS] as const),
  );
  return [frontend.external, frontend.internal].flatMap((target) =>
    target.kind !== "forward"
      ? []
      : target.backends.flatMap(({ key, address, port }) => {
          const number = numbers.get(hex(addressPortData(address, port)));
          return number === undefined ? [] : [[key, number] as const];
        }),
  );
}

function hex(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString("hex");
}
