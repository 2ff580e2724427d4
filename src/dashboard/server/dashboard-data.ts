/** What the dashboard shows: loaded when the first browser comes. */
import type { ServerResponse } from "node:http";
import type { Node } from "../../api/node.ts";
import type { ApiClient } from "../../client/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { statedAddresses } from "../../proxy/index.ts";
import type { Refusal } from "../model/answers.ts";
import { pollRates, type RateSource } from "../rates/poll-rates.ts";
import { openClusterFeed } from "./cluster-feed.ts";
import { askDoctor, askNode, askTrace, QuestionError } from "./questions.ts";

export interface RateSourceOptions {
  /** Load balancers, or proxies that are none of the cluster's nodes: `http://127.0.0.1:10261/metrics`. */
  readonly urls: readonly string[];
  /** The port at which each node's proxy is asked for its metrics; absent: nobody is. */
  readonly nodePort?: number;
}

export interface DashboardDataOptions {
  readonly client: ApiClient;
  readonly server: string;
  readonly rates: RateSourceOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface DashboardData {
  answer(path: string, query: URLSearchParams, response: ServerResponse): Promise<void>;
}

/** The doctor lists the whole cluster: one who clicks fast must not have that done many times at once. */
const mostDoctors = 2;

export function openDashboardData({
  client,
  server,
  rates,
  clock,
  log,
  signal,
}: DashboardDataOptions): DashboardData {
  const feed = openClusterFeed({ client, context: { server }, clock, log, signal });
  let doctors = 0;
  void pollRates({
    sources: () => rateSources(rates, feed.nodes.items().values()),
    isWatched: () => feed.isWatched,
    onRates: (rows) => feed.rates(rows),
    signal,
  }).catch((error: Error) => log.error("Rates are no longer read", { error: error.stack }));

  async function doctor(query: URLSearchParams, response: ServerResponse) {
    if (doctors >= mostDoctors) throw new QuestionError("The doctor is busy: ask again in a moment");
    doctors += 1;
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    try {
      return await askDoctor(client, query, AbortSignal.any([signal, gone.signal]));
    } finally {
      doctors -= 1;
    }
  }

  async function ask(path: string, query: URLSearchParams, response: ServerResponse): Promise<object> {
    if (path === "/api/doctor") return doctor(query, response);
    await feed.synced;
    if (path === "/api/trace") return askTrace(feed, query);
    if (path === "/api/node") return askNode(feed, query);
    throw new QuestionError("There is no such question");
  }

  return {
    async answer(path, query, response) {
      if (path === "/api/changes") return stream(response);
      try {
        send(response, 200, await ask(path, query, response));
      } catch (error) {
        if (!(error instanceof QuestionError)) throw error;
        send(response, 422, { message: error.message } satisfies Refusal);
      }
    },
  };

  function stream(response: ServerResponse): void {
    response.writeHead(200, {
      "Content-Type": "application/jsonl; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    });
    if (!feed.stream(response)) response.end();
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(JSON.stringify(body));
}

function rateSources({ urls, nodePort }: RateSourceOptions, nodes: Iterable<Node>): readonly RateSource[] {
  const given = urls.map((url) => ({ url, node: "" }));
  if (nodePort === undefined) return given;
  const atNodes = [...nodes].flatMap((node): readonly RateSource[] => {
    const [address] = statedAddresses(node);
    if (address === undefined) return [];
    const host = address.includes(":") ? `[${address}]` : address;
    return [{ url: `http://${host}:${nodePort}/metrics`, node: node.metadata.name }];
  });
  return [...given, ...atNodes];
}
