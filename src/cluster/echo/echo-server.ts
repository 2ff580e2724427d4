/** The echo image: HTTP and raw TCP on one port, told apart by the first bytes, and UDP on the same number. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createHttpServer } from "../../lib/http.ts";
import { answerHttp } from "./http-answers.ts";
import { type Identity, type Peer, toJson } from "./identity.ts";
import { readProxyHeader } from "./proxy-header.ts";

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
   * Fails /healthz at once, goes on accepting for `lingerMs`, since nodes still lead new connections here until they have
   * heard of the end, then finishes open requests and resolves.
   */
  close(lingerMs: number): Promise<void>;
}

const httpMethod = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) /;
const longestHttpMethod = 8;
/** A raw connection's line that is longer is answered in pieces. */
const longestLineBytes = 16 * 1024;

/** Throws the system's error (EADDRINUSE, EADDRNOTAVAIL) when the port cannot be had. */
export async function startEcho({
  address,
  port,
  identity,
  proxyProtocol,
}: EchoOptions): Promise<EchoServer> {
  let stopping = false;
  const clients = new WeakMap<Socket, Peer>();
  const connections = new Set<Socket>();
  const peerOf = (socket: Socket): Peer =>
    clients.get(socket) ?? { address: socket.remoteAddress ?? "?", port: socket.remotePort ?? 0 };
  const http = createHttpServer({ keepAliveTimeout: 60_000 }, (request: IncomingMessage, response) =>
    answerHttp(
      { identity, clientOf: ({ socket }) => peerOf(socket), isStopping: () => stopping },
      request,
      response,
    ),
  );
  const tcp = createServer({ noDelay: true }, (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy());
    sniff(socket, Buffer.alloc(0), !proxyProtocol);
  });
  const udp = createSocket(address.includes(":") ? "udp6" : "udp4");

  /** Waits until it is clear what the client speaks; gives the bytes back to whoever speaks it. */
  function sniff(socket: Socket, seen: Buffer, headerDone: boolean): void {
    socket.once("data", (chunk: Buffer) => {
      let bytes = Buffer.concat([seen, chunk]);
      let done = headerDone;
      if (!done) {
        const header = readProxyHeader(bytes);
        if (header.kind === "invalid") return socket.destroy();
        if (header.kind === "incomplete") return sniff(socket, bytes, false);
        if (header.client) clients.set(socket, header.client);
        bytes = bytes.subarray(header.length);
        done = true;
      }
      const start = bytes.toString("latin1", 0, longestHttpMethod);
      if (bytes.length < longestHttpMethod && !start.includes("\n")) return sniff(socket, bytes, done);
      socket.pause();
      socket.unshift(bytes);
      if (httpMethod.test(start)) http.emit("connection", socket);
      else answerLines(socket);
      socket.resume();
    });
  }

  function answerLines(socket: Socket): void {
    let rest = "";
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > longestLineBytes) {
        lines.push(rest);
        rest = "";
      }
      const answers = lines.map(
        (line) => `${toJson(identity, peerOf(socket), { line: line.replace(/\r$/, "") })}\n`,
      );
      // A client that sends without reading is not read from either.
      if (answers.length > 0 && !socket.write(answers.join(""))) {
        socket.pause();
        socket.once("drain", () => socket.resume());
      }
    });
  }

  udp.on("message", (message, { address: from, port: fromPort }) => {
    const line = message.toString("utf8").replace(/\r?\n$/, "");
    udp.send(`${toJson(identity, { address: from, port: fromPort }, { line })}\n`, fromPort, from);
  });
  // An ICMP error of an earlier answer is no reason to stop.
  udp.on("error", () => {});

  tcp.listen({ host: address, port });
  await once(tcp, "listening");
  const bound = (tcp.address() as AddressInfo).port;
  udp.bind({ address, port: bound });
  await once(udp, "listening");
  return {
    port: bound,
    async close(lingerMs) {
      stopping = true;
      await delay(lingerMs);
      const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
      udp.close();
      http.closeIdleConnections();
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
      await closed;
    },
  };
}
