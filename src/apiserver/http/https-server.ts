/** The HTTPS server: limits on what a client can hold, and an end that lets requests finish. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, isIPv6, type Socket } from "node:net";
import type { Pki } from "../pki/pki-files.ts";

export interface HttpsLimits {
  readonly handshakeMs: number;
  /** Connections that have not finished their handshake; beyond them the oldest is closed for a new one. */
  readonly handshakes: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
  readonly drainMs: number;
  readonly sweepMs: number;
}

const defaultLimits: HttpsLimits = {
  handshakeMs: 10_000,
  handshakes: 1000,
  headersMs: 10_000,
  /** For the whole request, the body included. */
  requestMs: 60_000,
  /** Longer than clients keep idle connections, so that the client is the one to close. */
  keepAliveMs: 120_000,
  connections: 10_000,
  /** How long requests may take to finish when the server closes. */
  drainMs: 2_000,
  /** How often connections are closed whose requests have finished meanwhile. */
  sweepMs: 20,
};

/** Forward secrecy and authenticated encryption alone; the server's key is an elliptic one. */
const ciphers = [
  ...["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"],
  ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"],
].join(":");

export interface HttpsServer {
  readonly host: string;
  readonly port: number;
  /** Takes renewed certificates for new connections. */
  useCertificates(pki: Pki): void;
  /** Resolves when no connection is left. */
  close(): Promise<void>;
}

export interface HttpsServerOptions {
  readonly host: string;
  readonly port: number;
  readonly pki: Pki;
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Other limits than the usual ones. */
  readonly limits?: Partial<HttpsLimits>;
}

/** Rejects when the address cannot be listened on. */
export async function listenHttps(options: HttpsServerOptions): Promise<HttpsServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const server = createServer({
    ...secureContext(options.pki),
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: limits.handshakeMs,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.headersMs / 2,
  });
  server.maxConnections = limits.connections;
  server.on("request", options.handle);
  server.on("upgrade", options.upgrade);
  const unfinished = boundHandshakes(server, limits.handshakes);
  const sockets = trackSockets(server);
  const answers = trackAnswers(server);
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    useCertificates: (pki) => server.setSecureContext(secureContext(pki)),
    close: () => closeServer(server, { unfinished, sockets, answers }, limits),
  };
}

/** `https://127.0.0.1:6443`, brackets around IPv6. */
export function serverUrl(host: string, port: number): string {
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function secureContext({ authority, certificates }: Pki) {
  const { key, certificate } = certificates.get("apiserver") ?? authority;
  return { key, cert: certificate, ca: authority.certificate, minVersion: "TLSv1.2", ciphers } as const;
}

/**
 * Whoever only opens connections takes the place of others who do, never that of clients that are being served. Returns the
 * connections whose handshake is under way.
 */
function boundHandshakes(server: Server, most: number): ReadonlyMap<string, Socket> {
  const waiting = new Map<string, Socket>();
  const idOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on("connection", (socket: Socket) => {
    const id = idOf(socket);
    waiting.set(id, socket);
    socket.once("close", () => {
      if (waiting.get(id) === socket) waiting.delete(id);
    });
    const [oldest] = waiting.values();
    if (waiting.size > most) oldest?.destroy();
  });
  server.on("secureConnection", (socket: Socket) => waiting.delete(idOf(socket)));
  return waiting;
}

function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => socket.setNoDelay(true));
  server.on("secureConnection", (socket) => {
    readThroughStream(socket);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

/**
 * Takes the parser off the connection's handle, so that it reads what the socket's stream gives it. Node pauses both while an earlier
 * answer has not left the process, but TLS goes on handing decrypted data to a parser on its handle: a large request that follows a
 * large answer then fails with HPE_PAUSED, and Node resets the connection (Node 24, onParserExecuteCommon and
 * generateSocketListenerWrapper in lib/_http_server.js, TLSWrap::ClearOut in src/crypto/crypto_tls.cc).
 */
function readThroughStream(socket: Socket): void {
  const nothing = () => {};
  socket.on("data", nothing).off("data", nothing);
}

function trackAnswers(server: Server): Set<ServerResponse> {
  const answers = new Set<ServerResponse>();
  server.on("request", (_request, response: ServerResponse) => {
    answers.add(response);
    response.once("close", () => answers.delete(response));
  });
  return answers;
}

function listen(server: Server, { host, port }: HttpsServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenFailure(error, host, port)));
    server.listen(port, host, resolve);
  });
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const why =
    {
      EADDRINUSE: "another process listens there; stop it, or choose another port with --listen",
      EADDRNOTAVAIL: "no interface has this address",
      EACCES: "ports below 1024 need privileges",
    }[error.code ?? ""] ?? error.message;
  return new Error(`Cannot listen on ${host}:${port}: ${why}`, { cause: error });
}

interface OpenConnections {
  readonly unfinished: ReadonlyMap<string, Socket>;
  readonly sockets: ReadonlySet<Socket>;
  readonly answers: ReadonlySet<ServerResponse>;
}

/** Answers that go out from now on say that their connection ends with them, so that no client sends another request into it. */
async function closeServer(
  server: Server,
  { unfinished, sockets, answers }: OpenConnections,
  limits: HttpsLimits,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of unfinished.values()) socket.destroy();
  for (const answer of answers) sayLast(answer);
  server.prependListener("request", (_request, answer: ServerResponse) => sayLast(answer));
  server.closeIdleConnections();
  const sweep = setInterval(() => server.closeIdleConnections(), limits.sweepMs);
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, limits.drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}

function sayLast(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader("Connection", "close");
}
