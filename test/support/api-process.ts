/** A real `porthole apiserver` process, and requests to it with an administrator's token. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { porthole } from "./local-cluster.ts";

export interface ApiProcess {
  readonly url: string;
  kill(): Promise<void>;
  /** Rejects when the server cannot be reached. */
  call(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Events of a watch, as they come; ends with the connection. */
  watch(path: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
}

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
  readonly body: any;
}

export interface WatchEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
  readonly object: any;
}

export const token = "open-sesame";

export async function startApiProcess(args: readonly string[]): Promise<ApiProcess> {
  const child = spawn(porthole, ["apiserver", "--listen", "127.0.0.1:0", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await urlOf(child);

  function open(method: string, path: string, body: unknown, signal: AbortSignal) {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    // A connection for each request: one that is kept may belong to a server that was killed.
    const request = httpsRequest(`${url}${path}`, {
      method,
      headers,
      rejectUnauthorized: false,
      signal,
      agent: false,
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    return once(request, "response").then(([response]) => response);
  }

  return {
    url,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
    async call(method, path, body) {
      const response = await open(method, path, body, AbortSignal.timeout(30_000));
      return { status: response.statusCode, body: JSON.parse(await text(response)) };
    },
    async *watch(path, signal) {
      const response = await open(
        "GET",
        `${path}${path.includes("?") ? "&" : "?"}watch=1`,
        undefined,
        signal,
      );
      response.on("error", () => {});
      try {
        for await (const line of createInterface({ input: response })) yield JSON.parse(line) as WatchEvent;
      } finally {
        response.destroy();
      }
    },
  };
}

async function urlOf(child: ChildProcess): Promise<string> {
  let output = "";
  // The server ends when nobody can read its log any more.
  for await (const chunk of child.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    output += chunk;
    const url = /https:\/\/[^"\s]+/.exec(output)?.[0];
    if (url === undefined) continue;
    child.stderr?.resume();
    return url;
  }
  throw new Error(`porthole apiserver ended:\n${output}`);
}
