import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeEvent } from "../api/event.ts";
import { silentLogger } from "../lib/log.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { createApiClient, createEventRecorder } from "./index.ts";
import { answerJson, startScriptedServer, statusBody } from "./testing/scripted-server.ts";

const about = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web", uid: "u1" };

async function withRecorder(
  run: (
    record: (message: string, fieldPath?: string) => Promise<void>,
    sent: { line: string; body: Partial<KubeEvent> }[],
    clock: ReturnType<typeof createManualClock>,
  ) => Promise<void>,
  answer: (line: string) => number = () => 201,
): Promise<void> {
  const sent: { line: string; body: Partial<KubeEvent> }[] = [];
  await using server = await startScriptedServer((request, response, body) => {
    const line = `${request.method} ${request.url}`;
    sent.push({ line, body: JSON.parse(body) });
    const code = answer(line);
    answerJson(response, code, code < 300 ? {} : statusBody(code, "NotFound", "gone"));
  });
  const client = createApiClient(
    { server: server.url, tls: {}, source: "t" },
    { userAgent: "t", log: silentLogger },
  );
  const clock = createManualClock();
  const recorder = createEventRecorder({ client, log: silentLogger, component: "tester", clock });
  const record = (message: string, fieldPath?: string) => {
    const part = fieldPath === undefined ? about : { ...about, fieldPath };
    recorder.record({ about: part, type: "Warning", reason: "Failed", message });
    return recorder.flush();
  };
  await run(record, sent, clock);
  await client.close();
}

describe("EventRecorder", () => {
  test("an Event says what happened to what, and a repeat is counted", () =>
    withRecorder(async (record, sent, clock) => {
      await record("no");
      clock.advance(5_000);
      await record("no");
      const [first, second] = sent;
      assert.equal(first?.line, "POST /api/v1/namespaces/default/events");
      assert.deepEqual(first?.body.involvedObject, about);
      assert.match(first?.body.metadata?.name ?? "", /^web\.[0-9a-f]{16}$/);
      assert.deepEqual(second?.body, { count: 2, lastTimestamp: "2026-01-01T00:00:05Z" });
      assert.match(second?.line ?? "", /^PATCH .*\/events\/web\./);
    }));

  test("the same of two parts of an object is no repeat", () =>
    withRecorder(async (record, sent) => {
      for (const container of ["a", "b", "a"]) await record("no", `spec.containers{${container}}`);
      assert.deepEqual(
        sent.map(({ line, body }) => [line.split(" ")[0], body.involvedObject?.fieldPath]),
        [
          ["POST", "spec.containers{a}"],
          ["POST", "spec.containers{b}"],
          ["PATCH", undefined],
        ],
      );
    }));

  test("an Event that the server has forgotten is created again", () =>
    withRecorder(
      async (record, sent) => {
        await record("no");
        await record("no");
        assert.deepEqual(
          sent.map(({ line }) => line.split(" ")[0]),
          ["POST", "PATCH", "POST"],
        );
      },
      (line) => (line.startsWith("PATCH") ? 404 : 201),
    ));

  test("one object is told of 25 times at once, then once every 5 minutes", () =>
    withRecorder(async (record, sent, clock) => {
      for (let i = 0; i < 40; i++) await record(`no ${i}`);
      assert.equal(sent.length, 25);
      clock.advance(300_000);
      await record("again");
      await record("once more");
      assert.equal(sent.length, 26);
    }));

  test("a failure is no failure of whoever records", () =>
    withRecorder(
      async (record, sent) => {
        await record("no");
        assert.equal(sent.length, 1);
      },
      () => 500,
    ));
});
