/** What the conformance suite needs from whoever runs it: a dataplane, backends, and clients outside the node and on it. */
import type { Family } from "../forwarding/index.ts";
import type { Dataplane } from "./dataplane.ts";

export type TestProtocol = "TCP" | "UDP";

export interface Place {
  readonly address: string;
  readonly port: number;
}

/**
 * A server that says its name and whom it saw. Over TCP it sends the line `NAME SOURCE\n` at once and every byte back
 * that it gets, to the end, then ends its own side. Over UDP it answers `TEXT` with `NAME SOURCE TEXT`.
 */
export interface TestBackend extends Place {
  readonly name: string;
  readonly protocol: TestProtocol;
  /** It runs on the node under test. */
  readonly local: boolean;
}

/**
 * `refused`: TCP reset or ICMP port unreachable. `unreachable`: another ICMP error.
 * `silent`: nothing came within the client's patience.
 */
export type Outcome = "reply" | "refused" | "unreachable" | "silent";

export interface Answer {
  readonly outcome: Outcome;
  /** Who answered, and the source address that it saw. */
  readonly backend?: string;
  readonly saw?: string;
}

export interface TestConnection {
  /** Name of the backend that answers. */
  readonly backend: string;
  /** The client's address as the backend sees it. */
  readonly saw: string;
  /** Sends the text, which must hold no line end, and resolves with the bytes that come back for it. Rejects once broken. */
  echo(text: string): Promise<string>;
  /** Sends all bytes and ends its own side; resolves with all that came back when the other side has ended too. */
  finish(bytes: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

/** One UDP socket: the same address and port for everything that it sends. */
export interface TestFlow {
  /** Sends one datagram and waits for the answer to it, a quarter of a second unless told. */
  ask(text: string, patienceMs?: number): Promise<Answer>;
  close(): Promise<void>;
}

/** Somebody with an address. It may live in another process or network namespace. */
export interface TestClient {
  readonly address: string;
  /** Waits for the backend's greeting, a quarter of a second unless told. The client's own port is any unless told. */
  connect(
    to: Place,
    patienceMs?: number,
    ownPort?: number,
  ): Promise<{ readonly outcome: Outcome; readonly connection?: TestConnection }>;
  openFlow(to: Place): Promise<TestFlow>;
}

/** `node`: the node itself, `pod` and `other-pod`: two of its own, `far-pod`: one of another node. */
export type Where = "node" | "pod" | "other-pod" | "far-pod";

/** What a test may need beyond a node address, a client and backends. */
export type Need =
  /** Two clients, two node addresses and two service addresses of the family. */
  | "several addresses"
  /** Clients and backends on the node, in its pods and in another node's. */
  | "pods"
  /** Backends see the client's own address where the table says so. */
  | "kept sources"
  /** Traffic goes on while no dataplane runs, and a new one takes over. */
  | "restarts"
  /** The dataplane sees packets, with the interface that they come by and addresses that nobody listens on. */
  | "packets"
  /** Others can damage what the dataplane has set up. */
  | "foreign changes";

/** What somebody else may do to the dataplane. */
export interface Disturbance {
  run(): Promise<void>;
  /** Until it is mended, packets of established connections are led astray, and answered with a reset. */
  readonly endsConnections?: boolean;
}

/** All addresses are of one family. */
export interface ConformanceHarness {
  readonly family: Family;
  readonly dataplane: Dataplane;
  readonly nodeAddresses: readonly string[];
  readonly podCIDRs: readonly string[];
  /** With "packets" only. */
  readonly packets?: {
    /** What the names of the interfaces to the node's pods begin with, and that to the first pod. */
    readonly podInterfacePrefix: string;
    readonly podInterface: string;
    /** The range that cluster addresses are of. */
    readonly serviceCIDR: string;
  };
  /** Addresses that reach the dataplane and are none of the node's for NodePorts: for load balancers and external IPs. */
  readonly serviceAddresses: readonly string[];
  readonly clusterAddresses: readonly string[];
  /** Outside the node, with different addresses if there are several. */
  readonly clients: readonly [TestClient, TestClient];
  /** Somebody there. Throws a RangeError without "pods". */
  clientAt(where: Where): TestClient;
  /** In the node's first pod unless told. */
  startBackend(name: string, protocol: TestProtocol, where?: Where): Promise<TestBackend>;
  /** A port that is free for both protocols on all node and service addresses. */
  freePort(): Promise<number>;
  /** Moves the dataplane's time on, or waits. */
  advance(ms: number): Promise<void>;
  /** Ends the dataplane without a chance to tidy up. With "restarts" only. */
  killDataplane?(): Promise<void>;
  startDataplane?(): Promise<void>;
  /** By what it does. With "foreign changes" only. */
  readonly disturbances?: ReadonlyMap<string, Disturbance>;
  close(): Promise<void>;
}
