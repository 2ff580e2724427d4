/** Steps that the tests of the conformance suite are made of. */

import assert from "node:assert/strict";
import { type ForwardingTable, joinHostPort } from "../forwarding/index.ts";
import type {
  Answer,
  ConformanceHarness,
  Place,
  TestBackend,
  TestClient,
  TestConnection,
  TestProtocol,
} from "./conformance-harness.ts";
import { slowness } from "./conformance-patience.ts";

/** Applies a table and expects that all of it is live. */
export async function apply({ dataplane }: ConformanceHarness, table: ForwardingTable): Promise<void> {
  const report = await dataplane.apply(table);
  assert.deepEqual(report, { programmed: table.frontends.size, problems: [] });
}

/** Long enough for a machine that is busy; nobody waits so long unless something is wrong. */
const answerPatienceMs = 5_000 * slowness;
/** Costs the suite that much for each silence. */
export const silencePatienceMs = 250;

/** One short exchange; waits long for an answer. */
export async function probe(
  client: TestClient,
  protocol: TestProtocol,
  to: Place,
  patienceMs = answerPatienceMs,
): Promise<Answer> {
  if (protocol === "UDP") {
    const flow = await client.openFlow(to);
    try {
      return await flow.ask("hello", patienceMs);
    } finally {
      await flow.close();
    }
  }
  const { outcome, connection } = await client.connect(to, patienceMs);
  if (!connection) return { outcome };
  try {
    assert.equal(await connection.echo("hello"), "hello");
    return { outcome, backend: connection.backend, saw: connection.saw };
  } finally {
    await connection.close();
  }
}

/** Expects an answer; resolves with the backend's name. */
export async function answered(client: TestClient, protocol: TestProtocol, to: Place): Promise<string> {
  return (await reply(client, protocol, to)).backend;
}

/** Expects an answer; resolves with the backend's name and the source that it saw. */
export async function reply(
  client: TestClient,
  protocol: TestProtocol,
  to: Place,
): Promise<{ readonly backend: string; readonly saw: string }> {
  const { outcome, backend = "", saw = "" } = await probe(client, protocol, to);
  assert.equal(outcome, "reply", describe(client, protocol, to));
  return { backend, saw };
}

export async function refused(client: TestClient, protocol: TestProtocol, to: Place): Promise<void> {
  assert.equal((await probe(client, protocol, to)).outcome, "refused", describe(client, protocol, to));
}

export async function silent(client: TestClient, protocol: TestProtocol, to: Place): Promise<void> {
  const { outcome } = await probe(client, protocol, to, silencePatienceMs);
  assert.equal(outcome, "silent", describe(client, protocol, to));
}

function describe({ address }: TestClient, protocol: TestProtocol, to: Place): string {
  return `${address} -> ${joinHostPort(to.address, to.port)} over ${protocol}`;
}

/** Who answered in `count` exchanges, one after the other. */
export async function whoAnswers(
  client: TestClient,
  protocol: TestProtocol,
  to: Place,
  count: number,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let i = 0; i < count; i++) names.add(await answered(client, protocol, to));
  return names;
}

export async function connected(client: TestClient, to: Place): Promise<TestConnection> {
  const { outcome, connection } = await client.connect(to, answerPatienceMs);
  assert.ok(connection, `${to.address}:${to.port}: ${outcome}`);
  return connection;
}

export function startBackends(
  harness: ConformanceHarness,
  protocol: TestProtocol,
  names: readonly string[],
): Promise<readonly TestBackend[]> {
  return Promise.all(names.map((name) => harness.startBackend(name, protocol)));
}

/** That port of the node's first address. */
export function placeOf({ nodeAddresses }: ConformanceHarness, port: number): Place {
  return { address: nodeAddresses[0] ?? "", port };
}

/** The CIDR that holds that address alone. */
export function only({ address }: TestClient): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}
