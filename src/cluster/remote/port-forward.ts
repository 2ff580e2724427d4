/** `kubectl port-forward`: for each connection a data stream, led to the pod's port, and an error stream that says what went wrong. */
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { type SpdyStream, serveSpdy } from "./spdy-session.ts";

/** Resolves when the session has ended. */
export async function forwardPorts(transport: Duplex, podIP: string): Promise<void> {
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
    if (errors) forward(stream, errors, podIP);
    else stream.destroy();
  });
}

function forward(data: SpdyStream, errors: SpdyStream, podIP: string): void {
  const port = Number(data.headers.get("port"));
  const socket = connect({ host: podIP, port, allowHalfOpen: true });
  let failure = "";
  socket.on("error", (error) => {
    failure = `an error occurred forwarding ${port} -> ${port}: ${error.message}`;
  });
  socket.on("close", () => {
    data.end();
    errors.end(failure);
  });
  data.on("close", () => {
    socket.destroy();
    errors.end(failure);
  });
  data.pipe(socket).pipe(data);
}
