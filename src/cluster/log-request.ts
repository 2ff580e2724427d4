/** GET /containerLogs/NAMESPACE/POD/CONTAINER, as the API server asks a kubelet. */
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { ContainerRunner } from "./container-runner.ts";
import { type ReadLogOptions, readLog } from "./read-log.ts";

/** Sends the log, or says why there is none. Never rejects. */
export async function answerLog(
  pod: string,
  runner: ContainerRunner,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const { container, state } = runner;
  const previous = query.get("previous") === "true";
  const log = runner.log(previous);
  if (!log) {
    const reason = state.waiting?.reason ?? "ContainerCreating";
    const text = previous
      ? `previous terminated container "${container.name}" in pod "${pod}" not found`
      : `container "${container.name}" in pod "${pod}" is waiting to start: ${reason}`;
    return refuse(response, 400, "BadRequest", text);
  }
  const stop = new AbortController();
  response.on("close", () => stop.abort());
  response.writeHead(200, { "content-type": "text/plain" });
  response.flushHeaders();
  // A reader that leaves while it is written to is no error of anybody's, nor is a log that goes with its pod.
  await pipeline(readLog(log, parseLogQuery(query), stop.signal), response).catch(() => response.destroy());
}

/** Options as `kubectl logs` sends them. Pure but for the default of `nowMs`. */
export function parseLogQuery(query: URLSearchParams, nowMs = Date.now()): ReadLogOptions {
  const tailLines = integer(query.get("tailLines"));
  const limitBytes = integer(query.get("limitBytes"));
  const sinceSeconds = integer(query.get("sinceSeconds"));
  const sinceTime = Date.parse(query.get("sinceTime") ?? "");
  const sinceMs = Number.isNaN(sinceTime)
    ? sinceSeconds === undefined
      ? undefined
      : nowMs - sinceSeconds * 1000
    : sinceTime;
  return {
    follow: isTrue(query.get("follow")),
    timestamps: isTrue(query.get("timestamps")),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}

/** A Status: the API server passes it on, and kubectl prints its message. */
export function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(
    `${JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code })}\n`,
  );
}

function isTrue(text: string | null): boolean {
  return text === "true" || text === "1";
}

function integer(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
