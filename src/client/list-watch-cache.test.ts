import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, test } from "node:test";
import type { Service } from "../api/service.ts";
import type { Clock } from "../lib/clock.ts";
import { silentLogger } from "../lib/log.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { type Changes, createApiClient, type ListWatchCache, openListWatchCache, services } from "./index.ts";
import {
  answerJson,
  type Handler,
  initialEventsEnd,
  type ScriptedServer,
  startScriptedServer,
  statusBody,
  writeEvent,
} from "./testing/scripted-server.ts";

function service(name: string, resourceVersion: number, uid = name): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "default",
      uid,
      resourceVersion: String(resourceVersion),
      managedFields: [{ manager: "kubectl" }],
    },
  };
}

interface Harness extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly cache: ListWatchCache<Service>;
  /** `+a ~b -c`: added, updated, deleted; one text per call of the listener. */
  readonly changes: string[];
  nextChange(): Promise<string>;
}

async function harness(handler: Handler, clock?: Clock): Promise<Harness> {
  const server = await startScriptedServer(handler);
  const stop = new AbortController();
  const client = createApiClient(
    { server: server.url, tls: {}, source: "test" },
    { userAgent: "t", log: silentLogger },
  );
  const cache = openListWatchCache({
    client,
    resource: services,
    log: silentLogger,
    signal: stop.signal,
    random: () => 0,
    ...(clock ? { clock } : {}),
  });
  const changes: string[] = [];
  const waiters: ((text: string) => void)[] = [];
  let told = 0;
  cache.subscribe((change) => {
    changes.push(textOf(change));
    const waiter = waiters.shift();
    if (waiter) waiter(changes[told++] ?? "");
  });
  return {
    server,
    cache,
    changes,
    nextChange: () =>
      told < changes.length
        ? Promise.resolve(changes[told++] ?? "")
        : new Promise((resolve) => waiters.push(resolve)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function textOf({ added, updated, deleted }: Changes<Service>): string {
  return [
    ...deleted.map(({ metadata }) => `-${metadata.name}`),
    ...added.map(({ metadata }) => `+${metadata.name}`),
    ...updated.map(({ next }) => `~${next.metadata.name}`),
  ].join(" ");
}

/** Answers a streaming list and leaves the watch open. */
function stream(response: ServerResponse, objects: readonly object[], resourceVersion: string): void {
  for (const object of objects) writeEvent(response, "ADDED", object);
  writeEvent(response, "BOOKMARK", initialEventsEnd(resourceVersion));
}

const isStreamingList = (url = "") => url.includes("sendInitialEvents=true");

describe("ListWatchCache", { timeout: 20_000 }, () => {
  test("a streaming list becomes visible as a whole, told as one change, without managedFields", async () => {
    let open: ServerResponse | undefined;
    await using h = await harness((_request, response) => {
      open = response;
      writeEvent(response, "ADDED", service("a", 1));
    });
    await h.server.nextRequest(/sendInitialEvents=true&resourceVersionMatch=NotOlderThan/);
    assert.equal(h.cache.synced, false);
    assert.equal(h.cache.items().size, 0);
    if (open) stream(open, [service("b", 2)], "3");
    await h.cache.whenSynced();
    assert.equal(await h.nextChange(), "+a +b");
    assert.equal(h.cache.get({ name: "a", namespace: "default" })?.metadata.managedFields, undefined);
  });

  test("events that arrive together are one change; what comes and goes within is none", async () => {
    let open: ServerResponse | undefined;
    await using h = await harness((_request, response) => {
      open = response;
      stream(response, [service("a", 1), service("b", 2)], "3");
    });
    await h.nextChange();
    const lines = [
      ["MODIFIED", service("a", 4)],
      ["DELETED", service("b", 5)],
      ["ADDED", service("c", 6)],
      ["ADDED", service("d", 7)],
      ["DELETED", service("d", 8)],
    ].map(([type, object]) => JSON.stringify({ type, object }));
    open?.write(`${lines.join("\n")}\n`);
    assert.equal(await h.nextChange(), "-b +c ~a");
  });

  test("an object that was replaced by one of its name is deleted and added", async () => {
    let open: ServerResponse | undefined;
    await using h = await harness((_request, response) => {
      open = response;
      stream(response, [service("a", 1, "first")], "2");
    });
    await h.nextChange();
    const lines = [
      { type: "DELETED", object: service("a", 3, "first") },
      { type: "ADDED", object: service("a", 4, "second") },
    ];
    open?.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    assert.equal(await h.nextChange(), "-a +a");
  });

  for (const code of [400, 422]) {
    test(`a server that answers ${code} to a streaming list is listed page by page, then watched`, async () => {
      await using h = await harness((request, response) => {
        const url = request.url ?? "";
        if (isStreamingList(url))
          return answerJson(response, code, statusBody(code, "Invalid", "no such parameter"));
        if (url.includes("watch=true")) return writeEvent(response, "ADDED", service("c", 11));
        const second = url.includes("continue=more");
        const metadata = { resourceVersion: "10", ...(second ? {} : { continue: "more" }) };
        answerJson(response, 200, { kind: "ServiceList", metadata, items: [service(second ? "b" : "a", 1)] });
      });
      assert.equal(await h.nextChange(), "+a +b");
      assert.equal(await h.nextChange(), "+c");
      assert.match(h.server.requests.at(-1) ?? "", /watch=true&resourceVersion=10&/);
    });
  }

  test("a server that ignores sendInitialEvents is listed after a while", async () => {
    const clock = createManualClock();
    await using h = await harness((request, response) => {
      const url = request.url ?? "";
      if (isStreamingList(url)) return writeEvent(response, "ADDED", service("a", 1));
      if (url.includes("watch=true")) return response.writeHead(200).flushHeaders();
      answerJson(response, 200, { metadata: { resourceVersion: "2" }, items: [service("b", 2)] });
    }, clock);
    await h.server.nextRequest(/sendInitialEvents/);
    clock.advance(60_000);
    assert.equal(await h.nextChange(), "+b");
  });

  test("after 410 Gone the state is replaced at once, with what was deleted meanwhile", async () => {
    let lists = 0;
    let open: ServerResponse | undefined;
    await using h = await harness((_request, response) => {
      open = response;
      if (++lists === 1) stream(response, [service("a", 1), service("b", 2), service("c", 3)], "3");
      else stream(response, [service("a", 1), service("c", 20), service("d", 21)], "30");
    });
    await h.nextChange();
    if (open) writeEvent(open, "ERROR", statusBody(410, "Expired", "too old resource version"));
    open?.end();
    assert.equal(await h.nextChange(), "-b +d ~c");
    assert.equal(h.changes.length, 2);
  });

  test("a cut watch goes on from the last bookmark; the state stays meanwhile", async () => {
    const watches: ServerResponse[] = [];
    await using h = await harness((_request, response) => {
      watches.push(response);
      if (watches.length === 1) stream(response, [service("a", 1)], "3");
      else writeEvent(response, "ADDED", service("b", 60));
    });
    await h.nextChange();
    const [first] = watches;
    if (first) writeEvent(first, "BOOKMARK", { kind: "Service", metadata: { resourceVersion: "55" } });
    setImmediate(() => first?.end());
    assert.equal(await h.nextChange(), "+b");
    assert.match(h.server.requests[1] ?? "", /resourceVersion=55&/);
    assert.equal(h.cache.items().size, 2);
  });

  test("a server that is gone is tried again with growing waits, and nothing is forgotten", async () => {
    const clock = createManualClock();
    const watches: ServerResponse[] = [];
    await using h = await harness((_request, response) => {
      watches.push(response);
      if (watches.length === 1) stream(response, [service("a", 1)], "3");
      else if (watches.length < 5) response.destroy();
      else writeEvent(response, "ADDED", service("b", 60));
    }, clock);
    await h.nextChange();
    watches[0]?.destroy();
    const waits: number[] = [];
    while (watches.length < 5) {
      await untilPending(clock);
      const due = clock.nextAt ?? 0;
      waits.push(due - clock.now());
      const request = h.server.nextRequest(/resourceVersion=3&/);
      clock.advance(due - clock.now());
      await request;
      assert.equal(h.cache.items().size, 1);
    }
    assert.deepEqual(waits, [50, 100, 200, 400]);
    assert.equal(await h.nextChange(), "+b");
  });

  test("where nobody listens it is tried again every second at the latest", async () => {
    const clock = createManualClock();
    await using h = await harness((_request, response) => stream(response, [service("a", 1)], "3"), clock);
    await h.nextChange();
    await h.server[Symbol.asyncDispose]();
    const waits: number[] = [];
    while (waits.length < 8) {
      await untilPending(clock);
      const due = clock.nextAt ?? 0;
      waits.push(due - clock.now());
      clock.advance(due - clock.now());
    }
    assert.deepEqual(waits, [50, 100, 200, 400, 800, 1000, 1000, 1000]);
  });

  test("a server that was put back to a backup is listed again, though its revisions are lower", async () => {
    let lists = 0;
    const first = Promise.withResolvers<ServerResponse>();
    await using h = await harness((request, response) => {
      const url = request.url ?? "";
      if (isStreamingList(url) && ++lists === 1) {
        stream(response, [service("a", 500), service("b", 501)], "501");
        first.resolve(response);
      } else if (isStreamingList(url)) stream(response, [service("a", 7), service("c", 8)], "9");
      else
        answerJson(response, 504, statusBody(504, "Timeout", "Too large resource version: 501, current: 9"));
    });
    await h.nextChange();
    (await first.promise).end();
    assert.equal(await h.nextChange(), "-b +c ~a");
  });

  test("what a write returned is seen at once, and an older event does not undo it", async () => {
    let open: ServerResponse | undefined;
    await using h = await harness((_request, response) => {
      open = response;
      stream(response, [service("a", 1)], "3");
    });
    await h.nextChange();
    h.cache.note(service("a", 9) as Service);
    assert.equal(await h.nextChange(), "~a");
    const lines = [
      { type: "MODIFIED", object: service("a", 5) },
      { type: "ADDED", object: service("b", 10) },
    ];
    open?.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    assert.equal(await h.nextChange(), "+b");
    assert.equal(h.cache.get({ namespace: "default", name: "a" })?.metadata.resourceVersion, "9");
  });

  test("a late subscriber is told what is there", async () => {
    await using h = await harness((_request, response) => stream(response, [service("a", 1)], "3"));
    await h.nextChange();
    const seen: string[] = [];
    const unsubscribe = h.cache.subscribe((change) => seen.push(textOf(change)));
    unsubscribe();
    assert.deepEqual(seen, ["+a"]);
  });

  test("waiting for the first sync ends when the waiter gives up", async () => {
    await using h = await harness((_request, response) => response.writeHead(200).flushHeaders());
    await assert.rejects(h.cache.whenSynced(AbortSignal.abort(new Error("no time"))), /no time/);
  });
});

async function untilPending(clock: { readonly pending: number }): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}
