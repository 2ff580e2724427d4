/** The agent's HTTPS port, a kubelet's API as far as the API server asks for it: logs, exec, attach and port-forward. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { answerLog, refuse } from "./log-request.ts";
import type { PodRunner } from "./pod-runner.ts";

export interface AgentServerOptions {
  readonly address: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** Only clients with a certificate of this authority are let in, and of the group that the API server's has. */
  readonly clientCaFile: string;
  /** Undefined if no such pod is here. */
  readonly findPod: (namespace: string, name: string) => PodRunner | undefined;
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
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    socket.on("error", () => socket.destroy());
    void upgrade(options, request, socket, head);
  });
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
        for (const socket of upgraded) socket.destroy();
      }),
  };
}

async function answer(
  options: AgentServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { area, namespace, pod, container, query } = parsePath(request);
  if (!isAdministrator(request))
    return refuse(response, 403, "Forbidden", "only the API server's certificate is let in");
  if (area === "healthz") {
    response.end("ok");
    return;
  }
  if (area !== "containerLogs") return refuse(response, 404, "NotFound", "404 page not found");
  const runner = options.findPod(namespace, pod)?.container(container);
  if (!runner) {
    const text = `container "${container}" of pod "${pod}" does not run here`;
    return refuse(response, 404, "NotFound", text);
  }
  await answerLog(pod, runner, query, response);
}

async function upgrade(
  options: AgentServerOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { area, namespace, pod, container, query } = parsePath(request);
  const runner = isAdministrator(request) ? options.findPod(namespace, pod) : undefined;
  if (!runner) {
    socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  // Only few ask for it: what it needs is loaded when somebody does.
  const { answerUpgrade } = await import("./remote/answer-upgrade.ts");
  answerUpgrade({ area, runner, container, query, request, socket, head });
}

interface AgentPath {
  readonly area: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly query: URLSearchParams;
}

/** `/AREA/NAMESPACE/POD/CONTAINER?…` */
function parsePath({ url }: IncomingMessage): AgentPath {
  const { pathname, searchParams } = new URL(url ?? "/", "https://agent");
  const [, area = "", namespace = "", pod = "", container = ""] = pathname.split("/");
  return { area, namespace, pod, container, query: searchParams };
}

function isAdministrator({ socket }: IncomingMessage): boolean {
  const groups = (socket as TLSSocket).getPeerCertificate().subject?.O;
  return [groups].flat().includes(administrators);
}
