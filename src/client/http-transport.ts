/** One HTTP/1.1 request and its answer over kept-alive connections; a stream has a connection of its own. */
import type { IncomingMessage, Agent as PlainAgent, RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { Agent as HttpAgent, request as httpRequest } from "../lib/http.ts";
import type { ClusterConfig, TlsSettings } from "./cluster-config.ts";
import { NetworkError } from "./errors.ts";
import { noConnectionError, timeoutError, toNetworkError } from "./network-error.ts";

export interface HttpRequest {
  readonly method: string;
  /** Path and query, below the server's own path. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long the server may be silent before its head arrives, and after that. */
  readonly silenceMs?: number;
  /** How long making a connection may take. */
  readonly connectMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpTransport {
  /** Reads the whole answer. */
  send(request: HttpRequest): Promise<{ readonly status: number; readonly body: string }>;
  /** Resolves once the head is there, on a connection that ends with the answer; the caller reads or destroys it. */
  open(request: HttpRequest): Promise<IncomingMessage>;
  close(): void;
}

const defaultSilenceMs = 30_000;
/** A SYN that is lost is sent again after 1, 3, 7, 15 and 31 s: whoever begins anew hears sooner that the network is back. */
const defaultConnectMs = 5_000;
/** A list of everything in a large cluster is some 100 MB; a string in Node has at most 512 MB. */
const maxBodyBytes = 400 * 1024 * 1024;
/** Node's own probes (libuv) are one second apart, ten of them: a dead peer is noticed after 25 s. */
const tcpKeepAliveDelayMs = 15_000;
const maxConnections = 16;

type Agent = PlainAgent | HttpsAgent;

export function openTransport(config: ClusterConfig, userAgent: string): HttpTransport {
  const base = new URL(config.server);
  const secure = base.protocol === "https:";
  const agents = createAgents(secure);
  const contextFor = secureContexts(config.tls);

  const start = async (request: HttpRequest, agent: Agent): Promise<IncomingMessage> => {
    request.signal?.throwIfAborted();
    const credentials = await config.credentials?.();
    const serverName = config.tls.serverName;
    const options: RequestOptions & { secureContext?: SecureContext; servername?: string } = {
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ""),
      port: base.port || (secure ? 443 : 80),
      method: request.method,
      path: base.pathname.replace(/\/+$/, "") + request.path,
      agent,
      headers: {
        "user-agent": userAgent,
        accept: "application/json",
        ...(credentials?.headers as Record<string, string | string[]> | undefined),
        ...request.headers,
        ...(request.body === undefined ? {} : { "content-length": Buffer.byteLength(request.body) }),
      },
      ...(secure
        ? { secureContext: contextFor(credentials?.tls), rejectUnauthorized: !config.tls.insecure }
        : {}),
      ...(secure && serverName ? { servername: serverName } : {}),
    };
    return await exchange(secure ? httpsRequest : httpRequest, options, request, config.server);
  };

  const send = async (request: HttpRequest) => {
    const response = await start(request, agents.shared);
    return { status: response.statusCode ?? 0, body: await readBody(response, request, config.server) };
  };
  return {
    async send(request) {
      try {
        return await send(request);
      } catch (error) {
        // A kept-alive connection may be closed by the server just as it is used again; what can be repeated safely, is.
        if (!isStaleConnection(error) || request.method === "POST" || request.method === "PATCH") throw error;
        return await send(request);
      }
    },
    open: (request) => start(request, agents.streams),
    close() {
      agents.shared.destroy();
      agents.streams.destroy();
    },
  };
}

function createAgents(secure: boolean): { shared: Agent; streams: Agent } {
  const Agent = secure ? HttpsAgent : HttpAgent;
  return {
    shared: new Agent({
      keepAlive: true,
      keepAliveMsecs: tcpKeepAliveDelayMs,
      maxSockets: maxConnections,
      maxFreeSockets: 4,
      scheduling: "lifo",
    }),
    streams: new Agent({ keepAlive: false }),
  };
}

/** PERF: parsing certificates for each connection costs more than its handshake. */
function secureContexts(fixed: TlsSettings): (override: TlsSettings | undefined) => SecureContext {
  let last: { readonly cert: unknown; readonly context: SecureContext } | undefined;
  return (override) => {
    const { ca, cert, key } = { ...fixed, ...override };
    if (last?.cert !== cert || !last) {
      const context = createSecureContext({
        ...(ca ? { ca } : {}),
        ...(cert && key ? { cert, key } : {}),
        minVersion: "TLSv1.2",
      });
      last = { cert, context };
    }
    return last.context;
  };
}

const staleConnections = new WeakSet<Error>();

function isStaleConnection(error: unknown): boolean {
  return error instanceof Error && staleConnections.has(error);
}

function exchange(
  open: typeof httpRequest,
  options: RequestOptions,
  { body, signal, silenceMs = defaultSilenceMs, connectMs = defaultConnectMs }: HttpRequest,
  server: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = open({ ...options, timeout: silenceMs });
    let response: IncomingMessage | undefined;
    const fail = (error: Error) => (response ?? outgoing).destroy(error);
    const abort = () => fail(asError(signal?.reason));
    signal?.addEventListener("abort", abort, { once: true });
    outgoing.once("socket", (socket) => {
      socket.setKeepAlive(true, tcpKeepAliveDelayMs);
      if (socket.connecting)
        limitConnecting(socket, connectMs, () => fail(noConnectionError(server, connectMs)));
    });
    outgoing.once("timeout", () =>
      fail(timeoutError(server, "was silent", outgoing.socket?.timeout ?? silenceMs)),
    );
    outgoing.once("error", (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) return reject(asError(signal.reason));
      const worded = toNetworkError(error, server);
      if (outgoing.reusedSocket && worded.code === "closed") staleConnections.add(worded);
      reject(worded);
    });
    outgoing.once("response", (incoming) => {
      response = incoming;
      incoming.once("close", () => signal?.removeEventListener("abort", abort));
      resolve(incoming);
    });
    outgoing.end(body);
  });
}

function limitConnecting(socket: Socket, connectMs: number, late: () => void): void {
  const timer = setTimeout(late, connectMs);
  const done = () => clearTimeout(timer);
  socket.once("connect", done).once("close", done);
}

async function readBody(response: IncomingMessage, { signal }: HttpRequest, server: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) {
        throw new NetworkError(
          "protocol",
          `The API server at ${server} answered with more than ${maxBodyBytes} bytes`,
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal?.aborted) throw asError(signal.reason);
    throw toNetworkError(error, server);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
