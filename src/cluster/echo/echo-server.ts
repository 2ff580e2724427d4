/** The echo image: HTTP and raw TCP on one port, told apart by the first bytes, and UDP on the same number. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { createServer as createHttpServer } from "../../lib/http.ts";
import { answerHttp } from "./http-answers.ts";
import { type Identity, type Peer, toJson } from "./identity.ts";
import { answerLines } from "./line-answers.ts";
import { sniffProtocol } from "./sniff-protocol.ts";

export interface EchoOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly identity: Identity;
  /** Every TCP connection starts with a PROXY protocol header. */
  readonly proxyProtocol: boolean;
}

export interface EchoServer {
  readonly port: number;
  /**
   * Fails /healthz at once, goes on accepting until nobody has come for `lingerMs`, since nodes still lead new connections here until
   * they have heard of the end, at most ten times as long, then finishes open requests and resolves.
   */
  close(lingerMs: number): Promise<void>;
}

/** A client may keep its connection between requests for as long; nodes' own connections live longer. */
const keepAliveTimeout = 60_000;

/** Somebody who comes here directly, and not through a node, never hears of the end. */
const mostLingers = 10;

interface Connection {
  client: Peer;
  /** Nothing has come over it yet. */
  isFresh: boolean;
  /** HTTP requests that are not answered yet. */
  openRequests: number;
}

/** Throws the system's error (EADDRINUSE, EADDRNOTAVAIL) when the port cannot be had. */
export async function startEcho(options: EchoOptions): Promise<EchoServer> {
  const { address, port, identity, proxyProtocol } = options;
  let isStopping = false;
  let isClosing = false;
  let newestAt = 0;
  const connections = new Map<Socket, Connection>();
  const endIfIdle = (socket: Socket) => {
    if (connections.get(socket)?.openRequests === 0) socket.destroySoon();
  };
  const clientOf = (socket: Socket): Peer => connections.get(socket)?.client ?? nobody;
  const http = createHttpServer({ keepAliveTimeout }, (request, response) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection) connection.openRequests++;
    response.on("close", () => {
      if (connection) connection.openRequests--;
      if (isClosing) endIfIdle(socket);
    });
    answerHttp({ identity, client: clientOf(socket), isStopping: () => isStopping }, request, response);
  });
  // A client that has sent its request and has no more to send still waits for the answer (an option of Node's without a type).
  Object.assign(http, { httpAllowHalfOpen: true });
  const tcp = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const client = { address: socket.remoteAddress ?? "?", port: socket.remotePort ?? 0 };
    const connection: Connection = { client, isFresh: true, openRequests: 0 };
    newestAt = performance.now();
    connections.set(socket, connection);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy());
    sniffProtocol(socket, proxyProtocol, (kind, named) => {
      connection.client = named ?? client;
      connection.isFresh = false;
      if (kind === "http") http.emit("connection", socket);
      else answerLines(socket, (line) => toJson(identity, connection.client, { line }));
    });
  });
  tcp.listen({ host: address, port });
  await once(tcp, "listening");
  const bound = (tcp.address() as AddressInfo).port;
  const udp = await answerDatagrams(address, bound, identity);
  return {
    port: bound,
    async close(lingerMs) {
      isStopping = true;
      await untilQuiet(lingerMs, () => newestAt);
      isClosing = true;
      // All that the kernel has taken until now are accepted before this goes on.
      await nextTurn();
      const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
      udp.close();
      for (const [socket, { isFresh }] of connections) {
        if (isFresh) setTimeout(() => endIfIdle(socket), lingerMs);
        else endIfIdle(socket);
      }
      await closed;
    },
  };
}

/** Waits until `newestAt` is so long ago. */
async function untilQuiet(quietMs: number, newestAt: () => number): Promise<void> {
  const start = performance.now();
  for (;;) {
    const now = performance.now();
    const quietAt = Math.min(Math.max(start, newestAt()) + quietMs, start + mostLingers * quietMs);
    if (now >= quietAt) return;
    await delay(quietAt - now);
  }
}

const nobody: Peer = { address: "?", port: 0 };

async function answerDatagrams(address: string, port: number, identity: Identity): Promise<UdpSocket> {
  const udp = createSocket(address.includes(":") ? "udp6" : "udp4");
  udp.on("message", (message, { address: from, port: fromPort }) => {
    const line = message.toString("utf8").replace(/\r?\n$/, "");
    udp.send(`${toJson(identity, { address: from, port: fromPort }, { line })}\n`, fromPort, from);
  });
  udp.bind({ address, port });
  await once(udp, "listening");
  // An ICMP error of an earlier answer is no reason to stop.
  udp.on("error", () => {});
  return udp;
}
