import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequestPath } from "../request/request-path.ts";
import { handleHealth } from "./health.ts";
import { createHealthChecks } from "./health-checks.ts";

const healthy = { revision: async () => 7 };
const broken = { revision: () => Promise.reject(new Error("no etcd at http://10.0.0.1")) };
const silent = { revision: () => new Promise<number>(() => {}) };
/** Time is always up. */
const impatient = {
  now: () => 0,
  after(_delayMs: number, run: () => void) {
    setImmediate(run);
    return () => {};
  },
};
const patient = { now: () => 0, after: () => () => {} };
const open = new AbortController().signal;

async function ask(path: string, store = healthy, clock = patient as typeof impatient, closing = open) {
  const url = new URL(path, "https://localhost");
  const answer = await handleHealth(
    createHealthChecks(store, clock, closing),
    { method: "GET", query: url.searchParams },
    parseRequestPath(url.pathname),
    () => {},
  );
  return answer && `${answer.status} ${answer.body}`;
}

test("a server whose store answers is alive and ready", async () => {
  assert.equal(await ask("/readyz"), "200 ok");
  assert.equal(await ask("/livez/etcd"), "200 ok");
  assert.equal(await ask("/livez?verbose"), "200 [+]ping ok\n[+]log ok\n[+]etcd ok\nlivez check passed\n");
  assert.equal(await ask("/livez/etcd-readiness"), undefined);
  assert.equal(await ask("/readyz/nothing"), undefined);
  assert.equal(await ask("/else"), undefined);
});

test("a store that fails or is silent makes the server neither ready nor alive, and nobody is told why", async () => {
  const failed =
    "500 [+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n";
  assert.equal(await ask("/readyz", broken), failed);
  assert.equal(await ask("/readyz", silent, impatient), failed);
  assert.equal(await ask("/livez/etcd", broken), "500 internal server error: reason withheld\n");
  assert.equal(await ask("/livez?exclude=etcd", broken), "200 ok");
  assert.match(
    (await ask("/livez?exclude=etcd&exclude=x&verbose", broken)) ?? "",
    /\[\+\]etcd excluded: ok\nwarn: .* no matches for "x"\nlivez check passed/,
  );
});

test("a server that closes is alive, but no longer ready", async () => {
  assert.equal(await ask("/livez", healthy, patient, AbortSignal.abort()), "200 ok");
  assert.match((await ask("/readyz", healthy, patient, AbortSignal.abort())) ?? "", /\[-\]shutdown failed/);
});
