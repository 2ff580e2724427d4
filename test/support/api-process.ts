/** A real `porthole apiserver` process, and requests to it with an administrator's token. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { porthole } from "./local-cluster.ts";

export interface ApiProcess {
  readonly url: string;
  /** An administrator's. */
  readonly token: string;
  readonly pid: number;
  /** Sends the signal, SIGKILL unless another is named; resolves once it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Rejects when the server cannot be reached. `contentType` of the body: JSON unless another is named. */
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Reply>;
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

export interface ApiDirectory extends AsyncDisposable {
  readonly path: string;
  readonly tokenFile: string;
  /** What a server on the data directory `name` is started with, "data" if absent. */
  args(name?: string): readonly string[];
}

const token = "open-sesame";

const requestTimeoutMs = 30_000;

/**
 * Resolves once it serves; rejects with its log if it ends before. A server that is started again on its port should `listen` on an
 * address of the test's own: an ephemeral port of 127.0.0.1 may be taken while nobody listens.
 */
export async function startApiProcess(args: readonly string[], listen = "127.0.0.1:0"): Promise<ApiProcess> {
  const child = spawn(porthole, ["apiserver", "--listen", listen, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await urlOf(child);
  // Connections belong to this process: a server that is started anew on the same port gets none of the old ones.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  async function open(
    method: string,
    path: string,
    signal: AbortSignal,
    body?: unknown,
    contentType = "application/json",
  ): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${token}`, "content-type": contentType };
    const request = httpsRequest(`${url}${path}`, { method, headers, signal, agent });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return response;
  }

  return {
    url,
    token,
    pid: child.pid ?? 0,
    async kill(signal = "SIGKILL") {
      agent.destroy();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
    async call(method, path, body, contentType) {
      const response = await open(method, path, AbortSignal.timeout(requestTimeoutMs), body, contentType);
      return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) };
    },
    async *watch(path, signal) {
      const response = await open("GET", `${path}${path.includes("?") ? "&" : "?"}watch=1`, signal);
      response.on("error", () => {});
      try {
        for await (const line of createInterface({ input: response })) yield JSON.parse(line) as WatchEvent;
      } finally {
        response.destroy();
      }
    },
  };
}

/** A temporary directory for servers' data, with the token file that `call` needs; it goes when it is disposed of. */
export async function createApiDirectory(): Promise<ApiDirectory> {
  const path = await mkdtemp(join(tmpdir(), "porthole-api-"));
  const tokenFile = join(path, "tokens.csv");
  await writeFile(tokenFile, `${token},admin,admin,"system:masters"\n`);
  return {
    path,
    tokenFile,
    args: (name = "data") => ["--data-dir", join(path, name), "--token-file", tokenFile],
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
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
