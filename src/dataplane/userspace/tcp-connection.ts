/** TcpConnection: one client, led to one backend. */
import { connect, type Socket } from "node:net";
import type { Backend, Frontend } from "../../forwarding/index.ts";
import { chooseBackend, rememberBackend } from "./choose-backend.ts";
import type { Counters } from "./counters.ts";
import { sourceAddressFor } from "./outgoing-address.ts";
import { buildProxyHeader } from "./proxy-header.ts";
import { RelayWay } from "./relay-way.ts";
import { resetSocket } from "./reset-socket.ts";
import type { Runtime } from "./runtime.ts";

export interface ClientSocket {
  readonly socket: Socket;
  readonly address: string;
  /** The way from the client to the backend, by which the socket is read. */
  readonly way: RelayWay;
}

/** What the connection was let in by; it outlives the frontend's stay in the table. */
export interface Entrance {
  readonly frontend: Frontend;
  readonly backends: readonly Backend[];
  /** The frontend's address that the client connected to. */
  readonly address: string;
  readonly nodeAddresses: readonly string[];
  readonly counters: Counters;
}

/** So many ports of the node's address may be taken; then any source is better than none. */
const maximumLocalFailures = 8;

/** An answer has ended when nothing came behind it for so long, and the next request may come after so long. */
const answeredMs = 1;
const askingMs = 4;
/** Who said nothing for so long is unlikely to begin at this very moment. */
const idleMs = 500;

/**
 * Connects to a backend, to another one if that fails, and then carries bytes, ends of streams and resets both ways.
 * The client is not read before a backend has answered.
 */
export class TcpConnection {
  readonly #runtime: Runtime;
  readonly #client: ClientSocket;
  readonly #entrance: Entrance;
  readonly #down: RelayWay;
  /** Backends that did not answer; most connections meet none. */
  #tried: Set<string> | undefined;
  #localFailures = 0;
  /** Key of the backend that it is led to; undefined before one has answered. */
  #backend: string | undefined;
  #upstream: Socket | undefined;
  #open = 1;

  constructor(runtime: Runtime, client: ClientSocket, entrance: Entrance) {
    this.#runtime = runtime;
    this.#client = client;
    this.#entrance = entrance;
    this.#down = new RelayWay(runtime.buffers, entrance.counters.sent);
    runtime.connections.add(this);
    client.socket.setNoDelay(true);
    client.socket.setKeepAlive(true, runtime.limits.keepAliveMs);
    client.socket.on("error", () => this.#resetUpstream());
    client.socket.on("close", () => {
      this.#upstream?.destroySoon();
      this.#closed();
    });
    this.#tryNext();
  }

  /** The frontend's address that the client connected to. */
  get address(): string {
    return this.#entrance.address;
  }

  /** Ends both sides at once. */
  reset(): void {
    resetSocket(this.#client.socket);
    this.#resetUpstream();
  }

  /** Ends both sides if it came in by the frontend and is led to a backend that is not among `established`. */
  leave(frontend: string, established: ReadonlySet<string>): void {
    if (this.#backend === undefined || this.#entrance.frontend.key !== frontend) return;
    if (!established.has(this.#backend)) this.reset();
  }

  /**
   * Tells the client that no more will come, if the backend had the last word and this is a moment at which the client hardly has a
   * request on its way: right behind an answer, or after a long silence. Who then asks again does so on a new connection.
   */
  endIfQuiet(): void {
    const { socket, way } = this.#client;
    if (this.#backend === undefined || socket.writableEnded || socket.writableLength > 0) return;
    if (way.wroteAtMs > this.#down.wroteAtMs) return;
    const silentMs = performance.now() - this.#down.wroteAtMs;
    if ((silentMs > answeredMs && silentMs < askingMs) || silentMs > idleMs) socket.end();
  }

  #tryNext(): void {
    const { frontend, backends, address, nodeAddresses, counters } = this.#entrance;
    const { limits } = this.#runtime;
    const client = { address: this.#client.address, port: this.#client.socket.remotePort ?? 0 };
    const backend =
      (this.#tried?.size ?? 0) < limits.connectAttempts
        ? chooseBackend(this.#runtime, frontend, backends, client, address, this.#tried)
        : undefined;
    if (!backend || this.#client.socket.destroyed) {
      counters.refused += 1;
      resetSocket(this.#client.socket);
      return;
    }
    const bindable = this.#localFailures < maximumLocalFailures;
    const localAddress = bindable ? sourceAddressFor(backend.address, nodeAddresses) : undefined;
    this.#connect(backend, localAddress);
  }

  #connect(backend: Backend, localAddress: string | undefined): void {
    const { clock, limits, sourcePorts } = this.#runtime;
    const upstream = connect({
      host: backend.address,
      port: backend.port,
      ...(localAddress !== undefined && { localAddress, localPort: sourcePorts.next() }),
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: limits.keepAliveMs,
      autoSelectFamily: false,
      onread: this.#down.onread,
    });
    this.#upstream = upstream;
    this.#open += 1;
    const cancelDeadline = clock.after(limits.connectTimeoutMs, () => upstream.destroy(new Error("timeout")));
    let connected = false;
    upstream.on("connect", () => {
      connected = true;
      cancelDeadline();
      if (this.#client.socket.destroyed) upstream.destroy();
      else this.#connected(backend, upstream);
    });
    upstream.on("error", (error: NodeJS.ErrnoException) => {
      cancelDeadline();
      if (connected) return resetSocket(this.#client.socket);
      if (localAddress !== undefined && isLocalFailure(error)) this.#localFailures += 1;
      else this.#failed(backend, error);
      this.#tryNext();
    });
    upstream.on("close", () => {
      cancelDeadline();
      if (connected) this.#client.socket.destroySoon();
      this.#closed();
    });
  }

  #failed(backend: Backend, { code = "timeout" }: NodeJS.ErrnoException): void {
    const { onBackendFailure } = this.#runtime;
    this.#tried = new Set(this.#tried).add(backend.key);
    if (onBackendFailure && !ownFailures.has(code))
      onBackendFailure({ frontend: this.#entrance.frontend, backend, reason: code });
  }

  #connected(backend: Backend, upstream: Socket): void {
    const { frontend, address, counters } = this.#entrance;
    const { socket, address: source, way } = this.#client;
    this.#backend = backend.key;
    rememberBackend(this.#runtime, frontend, source, backend);
    counters.connections += 1;
    counters.active += 1;
    socket.once("close", () => {
      counters.active -= 1;
    });
    if (frontend.proxyProtocol) {
      const from = { address: source, port: socket.remotePort ?? 0 };
      const destination = { address, port: frontend.port };
      upstream.write(buildProxyHeader(frontend.proxyProtocol, { source: from, destination }));
    }
    way.join(socket, upstream);
    this.#down.join(upstream, socket);
    socket.resume();
    upstream.resume();
  }

  #resetUpstream(): void {
    if (this.#upstream) resetSocket(this.#upstream);
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#client.way.release();
    this.#down.release();
    this.#runtime.connections.remove(this);
  }
}

/** What says something of this process or machine, and nothing of the backend. */
const ownFailures: ReadonlySet<string> = new Set([
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EACCES",
  "EPERM",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
]);

function isLocalFailure({ code, syscall }: NodeJS.ErrnoException): boolean {
  return code === "EADDRNOTAVAIL" || code === "EADDRINUSE" || syscall === "bind";
}
