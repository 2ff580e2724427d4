/** Upgraded requests: exec and attach over WebSocket channels, port-forward over SPDY, alone or inside a WebSocket. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import type { PodRunner } from "../pod-runner.ts";
import { attach } from "./attach.ts";
import { type RemoteChannels, serveChannels } from "./channels.ts";
import { execute } from "./execute.ts";
import { forwardPorts } from "./port-forward.ts";

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

const channelProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";
const spdyUpgrade =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n";

/** Resolves when the request has been taken over or refused. */
export async function answerUpgrade(remote: RemoteRequest): Promise<void> {
  const { area, runner, request, socket, head } = remote;
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const isWebSocket = request.headers.upgrade?.toLowerCase() === "websocket";
  if (area === "portForward" && !isWebSocket) {
    socket.write(spdyUpgrade);
    socket.unshift(head);
    return forwardPorts(socket, runner.podIP);
  }
  if (area === "portForward" && offered.includes(tunnelProtocol)) {
    return acceptWebSocket(remote, tunnelProtocol, (ws) => {
      void forwardPorts(createWebSocketStream(ws), runner.podIP);
    });
  }
  const serve = { exec: execute, attach }[area];
  const protocol = channelProtocols.find((name) => offered.includes(name));
  const container = runner.container(remote.container);
  if (!serve || !container) return refuseUpgrade(socket, 404, "there is no such path or container here");
  if (!isWebSocket || !protocol) {
    const text = `only a WebSocket of ${channelProtocols.join(" or ")} can be had here: use kubectl 1.30 or newer`;
    return refuseUpgrade(socket, 400, text);
  }
  const wishes = {
    stdin: remote.query.get("input") === "1",
    stdout: remote.query.get("output") === "1",
    stderr: remote.query.get("error") === "1",
    tty: remote.query.get("tty") === "1",
    command: remote.query.getAll("command"),
  };
  acceptWebSocket(remote, protocol, (ws) => {
    const channels: RemoteChannels = serveChannels(ws, wishes);
    void serve(container, channels, wishes);
  });
}

function acceptWebSocket(
  { request, socket, head }: RemoteRequest,
  protocol: string,
  accept: (ws: WebSocket) => void,
): void {
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
  server.handleUpgrade(request, socket, head, accept);
}

function refuseUpgrade(socket: Duplex, code: number, text: string): void {
  const lengthBytes = Buffer.byteLength(text);
  socket.end(
    `HTTP/1.1 ${code} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${lengthBytes}\r\nConnection: close\r\n\r\n${text}`,
  );
}
