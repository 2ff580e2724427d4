/** `kubectl port-forward`: leads streams of the client to ports of the pod. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { PodSandbox } from "../network/pod-network.ts";
import { ChannelSocket } from "./channel-socket.ts";
import { type SpdyStream, serveSpdy } from "./spdy-session.ts";

/** Begins to connect to a port of the pod. */
export type OpenPort = PodSandbox["connect"];

/**
 * Over SPDY: for each connection a data stream, led to the pod's port, and an error stream that says what went wrong. Resolves
 * when the session has ended.
 */
export async function forwardPorts(transport: Duplex, open: OpenPort): Promise<void> {
  const errorStreams = new Map<string, SpdyStream>();
  await serveSpdy(transport, (stream) => {
    const requestId = stream.headers.get("requestid") ?? "";
    if (stream.headers.get("streamtype") === "error") {
      errorStreams.set(requestId, stream);
      stream.resume();
      stream.on("close", () => errorStreams.delete(requestId));
      return;
    }
    const errors = errorStreams.get(requestId);
    const port = parsePort(stream.headers.get("port"));
    if (errors && port !== undefined) forward(stream, errors, open, port);
    else stream.destroy();
  });
}

function forward(data: SpdyStream, errors: SpdyStream, open: OpenPort, port: number): void {
  const { socket, failure } = connectTo(open, port);
  socket.on("close", () => {
    data.end();
    errors.end(failure());
  });
  data.on("close", () => {
    socket.destroy();
    errors.end(failure());
  });
  data.pipe(socket).pipe(data);
}

/**
 * Over channels: each port that the URL names has one for its data and one for what goes wrong, and one connection; both channels
 * start with the port's number in two bytes, little-endian.
 */
export function forwardChannels(ws: WebSocket, ports: readonly number[], open: OpenPort): void {
  const channels = new ChannelSocket(ws);
  const ended = ports.map(async (port, index) => {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    const [input, output, errors] = [
      channels.input(2 * index),
      channels.output(2 * index),
      channels.output(2 * index + 1),
    ];
    output.write(number);
    errors.write(number);
    const { socket, failure } = connectTo(open, port);
    channels.gone.addEventListener("abort", () => socket.destroy(), { once: true });
    input.pipe(socket);
    socket.pipe(output, { end: false });
    await new Promise((resolve) => socket.once("close", resolve));
    if (failure()) errors.write(failure());
    await new Promise<void>((resolve) => output.end(resolve));
  });
  void Promise.all(ended).then(() => channels.close());
}

function connectTo(open: OpenPort, port: number): { readonly socket: Socket; failure(): string } {
  const socket = open(port);
  let failure = "";
  socket.on("error", (error) => {
    failure = `an error occurred forwarding ${port} -> ${port}: ${error.message}`;
  });
  return { socket, failure: () => failure };
}

/** Undefined if the text is no port. */
export function parsePort(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
}
