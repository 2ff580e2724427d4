/** Builders and peers for tests of the userspace dataplane: tables in a line, real sockets that say what they see. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import {
  type Backend,
  backend,
  type ForwardingTable,
  type Frontend,
  frontendKey,
  type Target,
} from "../../forwarding/index.ts";

export const nodeAddress = "127.3.0.1";
/** A client on another machine, as far as the node knows. */
export const strangerAddress = "127.3.9.9";

export function makeTable(...frontends: readonly Frontend[]): ForwardingTable {
  return {
    node: "node-1",
    nodePortAddresses: [nodeAddress],
    nodeAddresses: [nodeAddress],
    podCIDRs: [],
    frontends: new Map(frontends.map((frontend) => [frontend.key, frontend])),
  };
}

export function forwardTo(...backends: readonly Backend[]): Target {
  return { kind: "forward", backends };
}

/** A frontend whose external and internal targets are the same unless `changes` says otherwise. */
export function makeFrontend(port: number, target: Target, changes: Partial<Frontend> = {}): Frontend {
  const { kind = "NodePort", family = "IPv4", protocol = "TCP", address } = changes;
  return {
    key: frontendKey(kind, family, protocol, address, port),
    kind,
    family,
    protocol,
    port,
    service: { namespace: "default", name: "web", port: "" },
    external: target,
    internal: target,
    masquerade: true,
    ...changes,
  };
}

/** Finds a port that nobody listens on at the address. */
export async function freePort(address = nodeAddress): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface TestServer extends AsyncDisposable {
  readonly backend: Backend;
  readonly server: Server;
}

/** Starts a TCP server that hands each connection to `serve`. */
export async function startServer(
  serve: (socket: Socket) => void,
  address = "127.3.2.1",
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  }).listen(0, address);
  await once(server, "listening");
  return {
    server,
    backend: backend(address, (server.address() as AddressInfo).port, true),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A server that says its name to whoever connects, and ends. */
export function startNamed(name: string): Promise<TestServer> {
  return startServer((socket) => socket.end(name));
}

/** Connects, sends `text`, ends, and returns all that comes back; rejects with the socket's error. */
export async function talk(port: number, text = "", from?: string, address = nodeAddress): Promise<string> {
  const socket = connect({ host: address, port, ...(from && { localAddress: from }) });
  socket.end(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Starts a UDP server that answers `name:what it got:the sender's address`. */
export async function startUdpEcho(name: string, address = "127.3.2.1") {
  const socket = createSocket("udp4");
  socket.on("message", (datagram, from) =>
    socket.send(`${name}:${datagram}:${from.address}`, from.port, from.address),
  );
  socket.bind(0, address);
  await once(socket, "listening");
  return {
    backend: backend(address, socket.address().port, true),
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** A UDP client that keeps its port. */
export function openUdpClient(port: number, address = nodeAddress) {
  const socket = createSocket("udp4");
  const connected = once(socket, "connect");
  socket.connect(port, address);
  return {
    /** Returns the answer; rejects with ECONNREFUSED when the port is closed. */
    async ask(text: string): Promise<string> {
      await connected;
      const answer = once(socket, "message");
      socket.send(text);
      const [datagram] = await answer;
      return String(datagram);
    },
    send(text: string): void {
      socket.send(text);
    },
    [Symbol.dispose]() {
      socket.close();
    },
  };
}
