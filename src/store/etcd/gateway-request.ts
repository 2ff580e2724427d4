/** One request to the JSON gateway of one etcd server (etcd Documentation/dev-guide/api_grpc_gateway.md). */
import type { Agent, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { request as httpRequest } from "../../lib/http.ts";
import { GatewayError, gatewayError } from "./gateway-error.ts";

export interface GatewayRequest {
  readonly url: URL;
  readonly agent: Agent;
  readonly body: string;
  /** How long etcd may be silent: before its answer, and in the middle of it. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/**
 * etcd refuses at once if it has no leader, instead of waiting for one. The gateway hands on headers with this prefix as
 * gRPC metadata.
 */
const headers = { "content-type": "application/json", "grpc-metadata-hasleader": "true" };
const keepAliveMs = 10_000;

/** Resolves with the answer's stream once its head is there. Rejects with GatewayError. */
export function openGateway({
  url,
  agent,
  body,
  silenceMs,
  signal,
}: GatewayRequest): Promise<IncomingMessage> {
  const isTls = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    let isSent = false;
    const request = (isTls ? httpsRequest : httpRequest)(url, { method: "POST", agent, headers, signal });
    request.once("socket", (socket) => {
      if (socket.connecting) {
        socket.once(isTls ? "secureConnect" : "connect", () => {
          isSent = true;
          socket.setKeepAlive(true, keepAliveMs);
        });
      } else isSent = true;
      request.setTimeout(silenceMs, () => request.destroy(new Error(`no answer within ${silenceMs} ms`)));
    });
    request.once("response", resolve);
    request.on("error", (cause) =>
      reject(new GatewayError(isSent ? "unknown" : "not-done", cause.message, { cause })),
    );
    request.end(body);
  });
}

/** Resolves with the answer of a request that has one. Rejects with GatewayError. */
export async function callGateway(request: GatewayRequest): Promise<unknown> {
  const response = await openGateway(request);
  let answer: string;
  try {
    answer = await text(response);
  } catch (cause) {
    throw new GatewayError("unknown", String(cause), { cause });
  }
  const parsed = parseAnswer(answer);
  if (response.statusCode === 200) return parsed;
  const { code, message = answer } = parsed as { readonly code?: number; readonly message?: string };
  throw gatewayError(code, message);
}

export function parseAnswer(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch (cause) {
    throw new GatewayError("unknown", `This is no answer of etcd: ${answer.slice(0, 200)}`, { cause });
  }
}
