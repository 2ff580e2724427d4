/** Steps that the tests of the conformance suite are made of. */
import assert from "node:assert/strict";
import type { ForwardingTable } from "../forwarding/index.ts";
import type {
  ConformanceHarness,
  Outcome,
  Place,
  TestBackend,
  TestClient,
  TestConnection,
  TestProtocol,
} from "./conformance-harness.ts";

/** Applies a table and expects that all of it is live. */
export async function apply({ dataplane }: ConformanceHarness, table: ForwardingTable): Promise<void> {
  const report = await dataplane.apply(table);
  assert.deepEqual(report, { programmed: table.frontends.size, problems: [] });
}

/** One short exchange; resolves with the outcome and who answered. */
export async function probe(
  client: TestClient,
  protocol: TestProtocol,
  to: Place,
): Promise<{ readonly outcome: Outcome; readonly backend?: string }> {
  if (protocol === "UDP") {
    const flow = await client.openFlow(to);
    try {
      return await flow.ask("hello");
    } finally {
      await flow.close();
    }
  }
  const { outcome, connection } = await client.connect(to);
  if (!connection) return { outcome };
  try {
    assert.equal(await connection.echo("hello"), "hello");
    return { outcome, backend: connection.backend };
  } finally {
    await connection.close();
  }
}

/** Expects an answer; resolves with the backend's name. */
export async function answered(client: TestClient, protocol: TestProtocol, to: Place): Promise<string> {
  const { outcome, backend } = await probe(client, protocol, to);
  assert.equal(outcome, "reply", `${protocol} ${to.address}:${to.port}`);
  return backend ?? "";
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
  const { outcome, connection } = await client.connect(to);
  assert.ok(connection, `${to.address}:${to.port}: ${outcome}`);
  return connection;
}

export function startBackends(
  harness: ConformanceHarness,
  protocol: TestProtocol,
  names: readonly string[],
): Promise<readonly TestBackend[]> {
  return Promise.all(names.map((name) => harness.startBackend(name, protocol, "IPv4")));
}

/** The node's IPv4 addresses, and one of them. */
export function nodeAddressesOf({ nodeAddresses }: ConformanceHarness): readonly string[] {
  return nodeAddresses.filter((address) => !address.includes(":"));
}

export function placeOf(harness: ConformanceHarness, port: number): Place {
  return { address: nodeAddressesOf(harness)[0] ?? "", port };
}
