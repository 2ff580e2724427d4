/** EtcdClient: requests to an etcd cluster through any of its servers that answers. */
import { createBackOff } from "../../lib/back-off.ts";
import { systemClock } from "../../lib/clock.ts";
import { wait } from "../../lib/wait.ts";
import { StoreError } from "../errors.ts";
import { createGatewayAgents, type EtcdTls, type GatewayAgents } from "./gateway-agents.ts";
import { GatewayError, gatewayError, hasReason } from "./gateway-error.ts";
import { callGateway, openGateway, parseAnswer } from "./gateway-request.ts";
import { streamLines } from "./stream-lines.ts";

export interface EtcdConnection {
  /** `http://127.0.0.1:2379`, one or more; tried in turn. */
  readonly servers: readonly string[];
  readonly tls?: EtcdTls;
}

export interface EtcdClient {
  /** The servers, as errors name them. */
  readonly servers: string;
  /**
   * One request, tried again elsewhere for some seconds: one that writes only as long as it was certainly not carried out. NOTE:
   * Answer is the caller's claim. Rejects with GatewayError, after `close` with StoreError.
   */
  call<Answer>(path: string, body: object, isRead: boolean): Promise<Answer>;
  /** The results of a streamed answer. Ends when the server ends it or the signal fires. Throws GatewayError; is not tried again. */
  stream<Result>(path: string, body: object, signal: AbortSignal): AsyncGenerator<Result>;
  close(): void;
}

/** etcd itself gives up after 7 s (5 s and two elections). */
const answerMs = 9_000;
const retryForMs = 12_000;
/** A stream that says nothing is opened again, since a dead peer says nothing either. */
const streamSilenceMs = 10_000;

export async function createEtcdClient({ servers, tls = {} }: EtcdConnection): Promise<EtcdClient> {
  const urls = servers.map(parseServer);
  const agents = await createGatewayAgents(tls);
  const closing = new AbortController();
  const rotation = rotateServers(urls);
  const paths: Paths = { rotation, agents, closing: closing.signal };
  return {
    servers: servers.join(","),
    call: (path, body, isRead) => callSomewhere(paths, path, body, isRead),
    stream: (path, body, signal) => streamResults(paths, path, body, signal),
    close() {
      closing.abort();
      agents.close();
    },
  };
}

interface ServerRotation {
  now(): URL;
  /** Compared by identity, so that many requests that fail at once move on by one server only. */
  avoid(url: URL): void;
}

function rotateServers(urls: readonly URL[]): ServerRotation {
  let current = 0;
  const now = () => urls[current % urls.length] ?? new URL("http://127.0.0.1:2379");
  return {
    now,
    avoid(url) {
      if (url === now()) current += 1;
    },
  };
}

interface Paths {
  readonly rotation: ServerRotation;
  readonly agents: GatewayAgents;
  readonly closing: AbortSignal;
}

async function callSomewhere<Answer>(
  { rotation, agents, closing: signal }: Paths,
  path: string,
  body: object,
  isRead: boolean,
): Promise<Answer> {
  const endsAt = performance.now() + retryForMs;
  const backOff = createBackOff({ firstMs: 20, maxMs: 500, random: Math.random });
  const request = { body: JSON.stringify(body), silenceMs: answerMs, signal };
  for (;;) {
    if (signal.aborted) throw closedError();
    const url = rotation.now();
    try {
      const answer = await callGateway({ ...request, url: new URL(path, url), agent: agents.forCalls(url) });
      return answer as Answer;
    } catch (error) {
      if (signal.aborted) throw closedError();
      if (!hasReason(error, "not-done", "unknown")) throw error;
      rotation.avoid(url);
      const mayRepeat = isRead || error.reason === "not-done";
      if (!mayRepeat || performance.now() > endsAt) throw error;
      await wait(systemClock, backOff.nextMs(), signal);
    }
  }
}

async function* streamResults<Result>(
  { rotation, agents, closing }: Paths,
  path: string,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const url = rotation.now();
  const ends = AbortSignal.any([signal, closing]);
  try {
    const response = await openGateway({
      url: new URL(path, url),
      agent: agents.forStreams(url),
      body: JSON.stringify(body),
      silenceMs: streamSilenceMs,
      signal: ends,
    });
    response.setEncoding("utf8");
    for await (const line of streamLines(response)) yield resultOf(line) as Result;
  } catch (error) {
    if (ends.aborted) return;
    if (hasReason(error, "not-done", "unknown")) rotation.avoid(url);
    throw error instanceof GatewayError ? error : new GatewayError("unknown", String(error));
  }
}

/** Throws RangeError. */
export function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new RangeError(`Cannot use the etcd server "${text}": a server looks like http://127.0.0.1:2379`);
  }
  return url;
}

function resultOf(line: string): unknown {
  const { result, error } = parseAnswer(line) as {
    readonly result?: unknown;
    readonly error?: { readonly grpc_code?: number; readonly message?: string };
  };
  if (error) throw gatewayError(error.grpc_code, error.message ?? line);
  return result;
}

function closedError(): StoreError {
  return new StoreError("closed", "Cannot reach the store: it is closed");
}
