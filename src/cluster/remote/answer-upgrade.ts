/** Upgraded requests: exec, attach and port-forward, each over a WebSocket or over SPDY. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import type { ContainerRunner } from "../container-runner.ts";
import type { PodRunner } from "../pod-runner.ts";
import { attach } from "./attach.ts";
import { channelProtocols } from "./channel-socket.ts";
import { type RemoteChannels, type RemoteWishes, serveChannels } from "./channels.ts";
import { execute } from "./execute.ts";
import { forwardChannels, forwardPorts, type OpenPort, parsePort } from "./port-forward.ts";
import { serveSpdyChannels, spdyCommandProtocol } from "./spdy-channels.ts";

export interface RemoteRequest {
  /** `exec`, `attach` or `portForward`, as a kubelet's paths begin. */
  readonly area: string;
  readonly runner: PodRunner;
  readonly container: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

const spdyForwardProtocol = "portforward.k8s.io";
/** SPDY's frames inside a WebSocket's messages (KEP-4006). */
const tunnelProtocol = `SPDY/3.1+${spdyForwardProtocol}`;
const commands: Readonly<Record<string, typeof execute>> = { exec: execute, attach };
/** Sockets of clients; a longer message is none that kubectl sends. */
const maxMessageBytes = 16 * 1024 * 1024;

/** Takes the request over, or refuses it. */
export function answerUpgrade(remote: RemoteRequest): void {
  const { area, runner, container, socket } = remote;
  const command = commands[area];
  const found = runner.container(container);
  if (area === "portForward") void forward(remote);
  else if (command && found) run(remote, found, command);
  else {
    const text = `container "${container}" of pod "${runner.pod.metadata.name}" is not here`;
    refuseUpgrade(socket, 404, "NotFound", text);
  }
}

function run(remote: RemoteRequest, found: ContainerRunner, command: typeof execute): void {
  const wishes = readWishes(remote.query);
  const serve = (channels: RemoteChannels) => void command(found, channels, wishes);
  const protocol = offeredBy(remote, "sec-websocket-protocol", channelProtocols);
  if (isWebSocket(remote) && protocol) {
    acceptWebSocket(remote, protocol, (ws) => serve(serveChannels(ws, wishes)));
  } else if (isSpdy(remote) && offeredBy(remote, "x-stream-protocol-version", [spdyCommandProtocol])) {
    void serveSpdyChannels(acceptSpdy(remote, spdyCommandProtocol), wishes, serve);
  } else refuseProtocol(remote, [...channelProtocols, `SPDY/3.1 with ${spdyCommandProtocol}`]);
}

async function forward(remote: RemoteRequest): Promise<void> {
  const sandbox = await remote.runner.sandbox();
  if (!sandbox) return refuseUpgrade(remote.socket, 404, "NotFound", "the pod is ending");
  const open: OpenPort = (port) => sandbox.connect(port);
  const protocol = offeredBy(remote, "sec-websocket-protocol", [tunnelProtocol, ...channelProtocols]);
  if (isSpdy(remote)) {
    void forwardPorts(acceptSpdy(remote, spdyForwardProtocol), open);
  } else if (!isWebSocket(remote) || !protocol) {
    refuseProtocol(remote, [tunnelProtocol, ...channelProtocols]);
  } else if (protocol === tunnelProtocol) {
    acceptWebSocket(remote, protocol, (ws) => void forwardPorts(createWebSocketStream(ws), open));
  } else {
    const texts = remote.query.getAll("ports").flatMap((text) => text.split(","));
    const ports = texts.map(parsePort).filter((port) => port !== undefined);
    if (ports.length === 0 || ports.length < texts.length)
      refuseUpgrade(remote.socket, 400, "BadRequest", "query parameter ports: name the pod's ports");
    else acceptWebSocket(remote, protocol, (ws) => forwardChannels(ws, ports, open));
  }
}

function readWishes(query: URLSearchParams): RemoteWishes {
  const asks = (name: string) => ["1", "true"].includes(query.get(name) ?? "");
  const tty = asks("tty");
  return {
    stdin: asks("input"),
    stdout: asks("output"),
    // A terminal has one output.
    stderr: asks("error") && !tty,
    tty,
    command: query.getAll("command"),
  };
}

function isWebSocket({ request }: RemoteRequest): boolean {
  return request.headers.upgrade?.toLowerCase() === "websocket";
}

function isSpdy({ request }: RemoteRequest): boolean {
  return request.headers.upgrade?.toLowerCase() === "spdy/3.1";
}

/** The first of our protocols that a header of the client's names. */
function offeredBy({ request }: RemoteRequest, header: string, ours: readonly string[]): string | undefined {
  const offered = [request.headers[header] ?? []].flat().flatMap((text) => text.split(","));
  return ours.find((name) => offered.some((other) => other.trim() === name));
}

function acceptWebSocket(
  { request, socket, head }: RemoteRequest,
  protocol: string,
  accept: (ws: WebSocket) => void,
): void {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: () => protocol,
    maxPayload: maxMessageBytes,
  });
  server.handleUpgrade(request, socket, head, accept);
}

function acceptSpdy({ socket, head }: RemoteRequest, protocol: string): Duplex {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  socket.unshift(head);
  return socket;
}

function refuseProtocol({ socket }: RemoteRequest, protocols: readonly string[]): void {
  const text = `unable to upgrade: none of the client's protocols is spoken here, which are ${protocols.join(", ")}`;
  refuseUpgrade(socket, 400, "BadRequest", text);
}

/** A Status: the API server passes it on, and kubectl prints its message. */
export function refuseUpgrade(socket: Duplex, code: number, reason: string, message: string): void {
  const body = JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
  });
  socket.end(
    `HTTP/1.1 ${code} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
