/** TcpListener: one listening TCP socket of a frontend. */
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { fileDescriptorOf, takeConnections } from "./accept.ts";
import { admit, sourceFilterFor } from "./admission.ts";
import { countDrop } from "./counters.ts";
import type { HoldingPen } from "./holding-pen.ts";
import type { Listener, ListenerState } from "./listener.ts";
import { RelayWay } from "./relay-way.ts";
import { resetSocket } from "./reset-socket.ts";
import type { Runtime } from "./runtime.ts";
import { SourceFiltering } from "./source-filtering.ts";
import { TcpConnection } from "./tcp-connection.ts";
import type { WantedSocket } from "./wanted-sockets.ts";

/** The kernel cuts it down to `net.core.somaxconn`. */
const backlog = 4096;

/** Binds and listens; rejects with Node's own error (`code` EADDRINUSE, EADDRNOTAVAIL, EACCES, …). */
export async function openTcpListener(
  runtime: Runtime,
  pen: HoldingPen,
  wanted: WantedSocket,
  state: ListenerState,
): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const listener = new TcpListener(runtime, pen, server, wanted.address, state);
  const { kind, port } = wanted.frontend;
  await listen(server, {
    host: wanted.address,
    port,
    backlog,
    exclusive: true,
    ipv6Only: true,
    // Several proxies of one machine answer for the same Service addresses; a node port has one owner.
    reusePort: kind !== "NodePort",
  });
  listener.start();
  await listener.update(state);
  return listener;
}

class TcpListener implements Listener {
  readonly #runtime: Runtime;
  readonly #pen: HoldingPen;
  readonly #server: Server;
  readonly #address: string;
  #filtering: SourceFiltering | undefined;
  #state: ListenerState;

  constructor(runtime: Runtime, pen: HoldingPen, server: Server, address: string, state: ListenerState) {
    this.#runtime = runtime;
    this.#pen = pen;
    this.#server = server;
    this.#address = address;
    this.#state = state;
  }

  /** Takes clients from now on; before the event loop has run, so that none is missed. */
  start(): void {
    const makeWay = () => new RelayWay(this.#runtime.buffers, this.#state.counters.received);
    takeConnections(this.#server, makeWay, (socket, way) => this.#receive(socket, way));
    this.#filtering = new SourceFiltering(fileDescriptorOf(this.#server), this.#runtime.log);
  }

  async update(state: ListenerState): Promise<void> {
    const { established: before } = this.#state.frontend;
    this.#state = state;
    const { key, established } = state.frontend;
    if (established && established !== before && before?.some((backend) => !established.includes(backend)))
      this.#runtime.connections.resetOthers(key, established);
    await this.#filtering?.apply(sourceFilterFor(state.table, state.frontend));
  }

  /** NOTE: libuv closes the socket at once; waiting for the server's own "close" could mean waiting for its connections. */
  async close(): Promise<void> {
    this.#server.close();
  }

  #receive(socket: Socket, way: RelayWay): void {
    const { frontend, table, counters } = this.#state;
    const { connections, limits } = this.#runtime;
    const address = socket.remoteAddress;
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const target = admit(table, frontend, address);
    if (target.kind === "drop") {
      countDrop(counters, target.reason);
      this.#pen.hold(socket);
    } else if (target.kind === "reject" || connections.size >= limits.connections) {
      counters.refused += 1;
      socket.on("error", () => {});
      resetSocket(socket);
    } else {
      const { backends } = target;
      const { nodeAddresses } = table;
      const client = { socket, address, way };
      new TcpConnection(this.#runtime, client, {
        frontend,
        backends,
        address: this.#address,
        nodeAddresses,
        counters,
      });
    }
  }
}

async function listen(server: Server, options: ListenOptions): Promise<void> {
  try {
    await listenOnce(server, options);
  } catch (error) {
    // SO_REUSEPORT does not balance on macOS, so libuv refuses it there; one proxy a machine needs none.
    if ((error as NodeJS.ErrnoException).code !== "ENOTSUP" || !options.reusePort) throw error;
    await listenOnce(server, { ...options, reusePort: false });
  }
}

function listenOnce(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      // A failing accept (no file descriptors left) is the client's loss, never the process's.
      server.on("error", () => {});
      resolve();
    });
  });
}
