/** runProbe: asks a target once. */
import { connect, type Socket } from "node:net";
import { assertNever } from "../../lib/assert-never.ts";
import type { CheckTarget } from "./check-target.ts";
import { type HttpHead, parseHttpHead } from "./http-head.ts";
import type { ProbeResult } from "./probe-health.ts";

/** Heads that are longer are no answer to a health check. */
const maxHeadBytes = 8192;

/** kube-proxy's answer on a healthCheckNodePort (KEP-3836): how many ready endpoints the node has. */
const weightHeader = "x-load-balancing-endpoint-weight";

/** Resolves with what the target said, or why there was no answer in time; never rejects. */
export async function runProbe(target: CheckTarget, timeoutMs: number): Promise<ProbeResult> {
  let socket: Socket | undefined;
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const fail = (reason: string) => resolve({ passed: false, reason, told: false });
  const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
  try {
    socket = await open(target);
    socket.on("error", (error: NodeJS.ErrnoException) => fail(describe(error)));
    socket.on("close", () => fail("the connection was closed before the answer"));
    if (target.kind === "tcp") socket.once("connect", () => resolve({ passed: true }));
    else ask(socket, target, resolve);
    return await promise;
  } finally {
    clearTimeout(timer);
    // A reset: thousands of probes a second must not leave connections waiting in either kernel.
    // Node cannot reset a connection that is wrapped in TLS.
    if (socket?.connecting || target.kind === "https") socket?.destroy();
    else socket?.resetAndDestroy();
  }
}

async function open(target: CheckTarget): Promise<Socket> {
  const place = { host: target.address, port: target.port, autoSelectFamily: false };
  switch (target.kind) {
    case "tcp":
    case "http":
      return connect({ ...place, noDelay: true });
    case "https": {
      const tls = await import("node:tls");
      // As the kubelet's probes do: a health check asks whether somebody serves, not who it is.
      return tls.connect({ ...place, rejectUnauthorized: false });
    }
    default:
      return assertNever(target);
  }
}

function ask(
  socket: Socket,
  { address, path, host = bracketed(address) }: CheckTarget & { kind: "http" | "https" },
  resolve: (result: ProbeResult) => void,
): void {
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: porthole-lb\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
  );
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    text += chunk;
    const head = parseHttpHead(text);
    if (head !== undefined) resolve(judge(head));
    else if (text.length > maxHeadBytes)
      resolve({ passed: false, reason: "the answer is not HTTP", told: false });
  });
}

/** What the kubelet takes for success: 200 to 399. */
function judge({ status, headers }: HttpHead): ProbeResult {
  if (status < 200 || status >= 400)
    return { passed: false, reason: `it answers with status ${status}`, told: true };
  const weight = headers.get(weightHeader);
  return {
    passed: true,
    ...(weight !== undefined && /^\d{1,6}$/.test(weight) && { weight: Number(weight) }),
  };
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "there is no way to the host",
  ENETUNREACH: "there is no way to the network",
  ETIMEDOUT: "no answer",
};

function describe({ code, message }: NodeJS.ErrnoException): string {
  return sentences[code ?? ""] ?? message;
}
