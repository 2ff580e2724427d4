/** Sends one packet, as a client would, and says what comes of it. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { TraceQuery } from "../trace/trace.ts";
import type { Observation } from "./observation.ts";

export interface Sent {
  readonly outcome: Observation["outcome"];
  readonly address: string;
  readonly port: number;
}

/** The kernel repeats a SYN after 1 s: who does not answer until then is silent. */
const silenceMs = 900;

/** `localAddress`: one of this machine's, to send from. Never rejects. The socket stays open until `look` is done. */
export function sendPacket<T>(
  { address, port, protocol }: TraceQuery,
  localAddress: string | undefined,
  look: (sent: Sent) => Promise<T>,
): Promise<T> {
  return protocol === "UDP"
    ? sendDatagram(address, port, localAddress, look)
    : openConnection(address, port, localAddress, look);
}

async function openConnection<T>(
  host: string,
  port: number,
  localAddress: string | undefined,
  look: (sent: Sent) => Promise<T>,
): Promise<T> {
  const socket = connect({ host, port, ...(localAddress !== undefined && { localAddress }) });
  const outcome = new Promise<Sent["outcome"]>((resolve) => {
    socket.setTimeout(silenceMs, () => resolve("silent"));
    socket.once("connect", () => resolve("answered"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(outcomeOf(error)));
  });
  // The kernel gives it a port as it begins to connect, a tick from here; after a failure it cannot be asked any more.
  await setImmediate();
  const local = { address: socket.localAddress ?? "", port: socket.localPort ?? 0 };
  try {
    return await look({ outcome: await outcome, ...local });
  } finally {
    socket.destroy();
  }
}

async function sendDatagram<T>(
  host: string,
  port: number,
  localAddress: string | undefined,
  look: (sent: Sent) => Promise<T>,
): Promise<T> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    socket.bind(0, localAddress);
    await once(socket, "listening");
    socket.connect(port, host);
    const outcome = await new Promise<Sent["outcome"]>((resolve) => {
      socket.once("connect", () => socket.send("\n"));
      socket.once("message", () => resolve("answered"));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(outcomeOf(error)));
      setTimeout(() => resolve("silent"), silenceMs).unref();
    });
    return await look({ outcome, ...socket.address() });
  } finally {
    socket.close();
  }
}

function outcomeOf({ code }: NodeJS.ErrnoException): Sent["outcome"] {
  if (code === "ECONNREFUSED" || code === "ECONNRESET") return "refused";
  return code === "ETIMEDOUT" ? "silent" : "unreachable";
}
