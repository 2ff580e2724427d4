/** The agent's HTTPS port, a kubelet's API as far as the API server asks for it: container logs. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { readLog } from "./container-log.ts";

export interface AgentServerOptions {
  readonly address: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** Only clients with a certificate of this authority are let in, and of the group that the API server's has. */
  readonly clientCaFile: string;
  /** A container's log, or the one of its last run; undefined if no such container is here. */
  readonly findLog: (
    namespace: string,
    pod: string,
    container: string,
    previous: boolean,
  ) => ContainerLog | undefined;
}

export interface ContainerLog {
  readonly file: string;
  /** Fires when nobody writes it any more. */
  readonly ended: AbortSignal;
}

export interface AgentServer {
  readonly port: number;
  close(): Promise<void>;
}

const administrators = "system:masters";
const requestTimeoutMs = 10_000;

/** Throws the system's error when the port cannot be had. */
export async function startAgentServer(options: AgentServerOptions): Promise<AgentServer> {
  const server = createServer(
    {
      cert: readFileSync(options.certFile),
      key: readFileSync(options.keyFile),
      ca: readFileSync(options.clientCaFile),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      headersTimeout: requestTimeoutMs,
    },
    (request, response) => void answer(options, request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.address, port: options.port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: AgentServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "https://agent");
  const [, area, namespace, pod, container] = url.pathname.split("/").map(decodeURIComponent);
  if (!isAdministrator(request)) return send(response, 403, "Forbidden");
  if (area === "healthz") return send(response, 200, "ok");
  if (area !== "containerLogs" || !namespace || !pod || !container)
    return send(response, 404, "404 page not found");
  const { searchParams } = url;
  const found = options.findLog(namespace, pod, container, searchParams.get("previous") === "true");
  if (found === undefined)
    return send(response, 404, `container "${container}" of pod "${pod}" does not run here`);
  const stop = new AbortController();
  response.on("close", () => stop.abort());
  const tailLines = integer(searchParams.get("tailLines"));
  const limitBytes = integer(searchParams.get("limitBytes"));
  response.writeHead(200, { "content-type": "text/plain" });
  response.flushHeaders();
  const log = readLog(
    found.file,
    {
      follow: searchParams.get("follow") === "true",
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(limitBytes === undefined ? {} : { limitBytes }),
    },
    found.ended,
    stop.signal,
  );
  // A reader that leaves while it is written to is no error of anybody's.
  await pipeline(log, response).catch(() => response.destroy());
}

function isAdministrator({ socket }: IncomingMessage): boolean {
  const groups = (socket as TLSSocket).getPeerCertificate().subject?.O;
  return [groups].flat().includes(administrators);
}

function integer(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" });
  response.end(`${text}\n`);
}
