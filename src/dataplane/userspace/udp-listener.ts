/** UdpListener: one bound UDP socket of a frontend, and the flows that come in by it. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { Backend, Frontend } from "../../forwarding/index.ts";
import { admit } from "./admission.ts";
import { chooseBackend, rememberBackend } from "./choose-backend.ts";
import { countDrop } from "./counters.ts";
import type { Listener, ListenerState } from "./listener.ts";
import { sourceAddressFor } from "./outgoing-address.ts";
import type { Runtime } from "./runtime.ts";
import { UdpFlow } from "./udp-flow.ts";
import { resolveLiteral } from "./udp-socket.ts";
import type { WantedSocket } from "./wanted-sockets.ts";

/** Binds; rejects with Node's own error (`code` EADDRINUSE, EADDRNOTAVAIL, EACCES, …). */
export async function openUdpListener(
  runtime: Runtime,
  wanted: WantedSocket,
  state: ListenerState,
): Promise<Listener> {
  const { kind, family, port } = wanted.frontend;
  const open = (reusePort: boolean) => {
    const type = family === "IPv6" ? "udp6" : "udp4";
    const socket = createSocket({ type, reusePort, ipv6Only: family === "IPv6", lookup: resolveLiteral });
    return bind(socket, wanted.address, port);
  };
  const socket = await open(kind !== "NodePort").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTSUP" || kind === "NodePort") throw error;
    return open(false);
  });
  return new UdpListener(runtime, socket, wanted.address, state);
}

class UdpListener implements Listener {
  readonly #runtime: Runtime;
  readonly #socket: Socket;
  readonly #flows = new Map<string, UdpFlow>();
  readonly #address: string;
  #state: ListenerState;

  constructor(runtime: Runtime, socket: Socket, address: string, state: ListenerState) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#address = address;
    this.#state = state;
    socket.on("message", (datagram, from) => this.#receive(datagram, from));
  }

  /** A flow has no end that could be waited for, so it leaves a backend that does not serve any more. */
  async update(state: ListenerState): Promise<void> {
    this.#state = state;
    const serving = servingKeys(state.frontend);
    if (serving.size === 0) return;
    for (const flow of this.#flows.values()) if (!serving.has(flow.options.backend.key)) flow.close();
  }

  async close(): Promise<void> {
    for (const flow of this.#flows.values()) flow.close();
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve);
    });
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const key = `${from.address}|${from.port}`;
    const flow = this.#flows.get(key) ?? this.#open(key, from);
    flow?.send(datagram);
  }

  #open(key: string, from: RemoteInfo): UdpFlow | undefined {
    const { frontend, table, counters } = this.#state;
    const target = admit(table, frontend, from.address);
    if (target.kind === "drop") countDrop(counters, target.reason);
    if (target.kind === "reject") counters.refused += 1;
    if (target.kind !== "forward") return undefined;
    const backend = chooseBackend(this.#runtime, frontend, target.backends, from, this.#address);
    if (!backend) return undefined;
    rememberBackend(this.#runtime, frontend, from.address, backend);
    const flow = this.#makeFlow(key, from, backend);
    this.#flows.set(key, flow);
    this.#runtime.flows.add(flow);
    return flow;
  }

  #makeFlow(key: string, client: RemoteInfo, backend: Backend): UdpFlow {
    const { clock, flows, limits } = this.#runtime;
    const { table, counters } = this.#state;
    return new UdpFlow({
      client,
      backend,
      localAddress: sourceAddressFor(backend.address, table.nodeAddresses),
      counters,
      queueBytes: limits.udpQueueBytes,
      nowMs: () => clock.now(),
      answer: (datagram) => {
        if (this.#socket.getSendQueueSize() >= limits.udpQueueBytes) return;
        this.#socket.send(datagram, client.port, client.address);
      },
      onActivity: (flow) => flows.touch(flow),
      onClose: (flow) => {
        if (this.#flows.get(key) === flow) this.#flows.delete(key);
        flows.remove(flow);
      },
    });
  }
}

function servingKeys({ serving, external, internal }: Frontend): ReadonlySet<string> {
  if (serving) return new Set(serving);
  const targets = [external, internal];
  return new Set(
    targets.flatMap((target) => (target.kind === "forward" ? target.backends : [])).map(({ key }) => key),
  );
}

function bind(socket: Socket, address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once("error", fail);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off("error", fail);
      // What cannot be sent (no route, too large) is lost, as a datagram may be.
      socket.on("error", () => {});
      resolve(socket);
    });
  });
}
