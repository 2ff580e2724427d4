/** A process in a namespace that answers as backends and asks as clients. */
import { type RunningBackend, startBackend } from "../conformance-backend.ts";
import { createSocketClient } from "../conformance-client.ts";
import type {
  Answer,
  Outcome,
  Place,
  TestConnection,
  TestFlow,
  TestProtocol,
} from "../conformance-harness.ts";
import { serve } from "./rpc.ts";

/**
 * No port is used twice while the kernel may remember its last use: two minutes for UDP. Below the ports that the system
 * gives out, and that Services have.
 */
const clientPorts = { first: 10_000, last: 29_999 };
let lastPort = clientPorts.first - 1;
const nextPort = () => {
  lastPort = lastPort === clientPorts.last ? clientPorts.first : lastPort + 1;
  return lastPort;
};

let lastHandle = 0;
const backends = new Map<number, RunningBackend>();
const connections = new Map<number, TestConnection>();
const flows = new Map<number, TestFlow>();

const peerMethods = {
  async startBackend(wanted: {
    readonly name: string;
    readonly protocol: TestProtocol;
    readonly address: string;
    readonly port?: number;
  }): Promise<{ readonly handle: number; readonly port: number }> {
    const backend = await startBackend(
      wanted.name,
      wanted.protocol,
      wanted.address.includes(":") ? "IPv6" : "IPv4",
      wanted.address,
      wanted.port,
    );
    return { handle: keep(backends, backend), port: backend.port };
  },
  async stopBackend(handle: number): Promise<void> {
    await take(backends, handle).close();
  },
  async connect(wanted: {
    readonly from: string;
    readonly to: Place;
    readonly patienceMs?: number | undefined;
    readonly ownPort?: number | undefined;
  }): Promise<{
    readonly outcome: Outcome;
    readonly connection?: Pick<TestConnection, "backend" | "saw"> & { readonly handle: number };
  }> {
    const { outcome, connection } = await createSocketClient(wanted.from, nextPort).connect(
      wanted.to,
      wanted.patienceMs,
      wanted.ownPort,
    );
    if (!connection) return { outcome };
    const { backend, saw } = connection;
    return { outcome, connection: { handle: keep(connections, connection), backend, saw } };
  },
  echo: ({ handle, text }: { readonly handle: number; readonly text: string }): Promise<string> =>
    look(connections, handle).echo(text),
  finish: ({ handle, bytes }: { readonly handle: number; readonly bytes: Buffer }): Promise<Buffer> =>
    look(connections, handle).finish(bytes),
  async closeConnection(handle: number): Promise<void> {
    await take(connections, handle).close();
  },
  async openFlow({ from, to }: { readonly from: string; readonly to: Place }): Promise<number> {
    return keep(flows, await createSocketClient(from, nextPort).openFlow(to));
  },
  ask: (wanted: {
    readonly handle: number;
    readonly text: string;
    readonly patienceMs?: number;
  }): Promise<Answer> => look(flows, wanted.handle).ask(wanted.text, wanted.patienceMs),
  async closeFlow(handle: number): Promise<void> {
    await take(flows, handle).close();
  },
};

export type PeerMethods = typeof peerMethods;

function keep<T>(all: Map<number, T>, one: T): number {
  all.set(++lastHandle, one);
  return lastHandle;
}

function look<T>(all: ReadonlyMap<number, T>, handle: number): T {
  const one = all.get(handle);
  if (one === undefined) throw new RangeError(`Nothing is open as ${handle}`);
  return one;
}

function take<T>(all: Map<number, T>, handle: number): T {
  const one = look(all, handle);
  all.delete(handle);
  return one;
}

serve(peerMethods);
