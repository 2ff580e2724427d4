/** What the conformance suite needs from whoever runs it: a dataplane, backends, and clients outside the node. */
import type { Family } from "../forwarding/index.ts";
import type { Dataplane } from "./dataplane.ts";

export type TestProtocol = "TCP" | "UDP";

export interface Place {
  readonly address: string;
  readonly port: number;
}

/**
 * A server that says its name. Over TCP it sends the line `NAME\n` at once and every byte back that it gets, to the end,
 * then ends its own side. Over UDP it answers `TEXT` with `NAME TEXT`.
 */
export interface TestBackend extends Place {
  readonly name: string;
  readonly protocol: TestProtocol;
}

/** `refused`: TCP reset or ICMP port unreachable. `silent`: nothing came within the harness's patience. */
export type Outcome = "reply" | "refused" | "silent";

export interface TestConnection {
  /** Name of the backend that answers. */
  readonly backend: string;
  /** Sends the text, which must hold no line end, and resolves with the bytes that come back for it. Rejects once broken. */
  echo(text: string): Promise<string>;
  /** Sends all bytes and ends its own side; resolves with all that came back when the other side has ended too. */
  finish(bytes: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

/** One UDP socket: the same address and port for everything that it sends. */
export interface TestFlow {
  /** Sends one datagram; resolves with the name of the backend that answered it. */
  ask(text: string): Promise<{ readonly outcome: Outcome; readonly backend?: string }>;
  close(): Promise<void>;
}

/** A host outside the node. It may live in another process or network namespace. */
export interface TestClient {
  readonly address: string;
  connect(to: Place): Promise<{ readonly outcome: Outcome; readonly connection?: TestConnection }>;
  openFlow(to: Place): Promise<TestFlow>;
}

export interface ConformanceHarness {
  readonly dataplane: Dataplane;
  /** At least two IPv4 addresses of the node; IPv6 ones where there are any. */
  readonly nodeAddresses: readonly string[];
  /** Addresses that reach the dataplane and are none of the node's for NodePorts: at least two. */
  readonly serviceAddresses: readonly string[];
  /** At least two IPv4 clients, with different addresses. */
  readonly clients: readonly [TestClient, TestClient, ...TestClient[]];
  /** An IPv6 client, where there is IPv6. */
  readonly client6?: TestClient;
  startBackend(name: string, protocol: TestProtocol, family: Family): Promise<TestBackend>;
  /** A port that is free for both protocols on all node and service addresses. */
  freePort(): Promise<number>;
  /** Moves the dataplane's time on, or waits. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}
