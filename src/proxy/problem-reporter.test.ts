import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ObjectEvent } from "../client/index.ts";
import { makeService } from "../forwarding/testing/world.ts";
import { silentLogger } from "../lib/log.ts";
import { ProblemReporter } from "./problem-reporter.ts";
import type { ProxyProblem } from "./proxy-problem.ts";

const problem: ProxyProblem = {
  id: "NodePort/IPv4/TCP/*:30080 192.0.2.1",
  service: { namespace: "default", name: "demo-service" },
  reason: "FailedToProgramNodePort",
  message: "the port is held by nginx",
  over: { reason: "ProgrammedNodePort", message: "forwarded now" },
};

function createReporter(exists = true) {
  const recorded: ObjectEvent[] = [];
  const reporter = new ProblemReporter({
    events: { record: (event) => recorded.push(event) },
    findService: () => (exists ? makeService() : undefined),
    log: silentLogger,
  });
  return { reporter, reasons: () => recorded.map(({ reason }) => reason), recorded };
}

describe("ProblemReporter", () => {
  test("tells a problem once, and once that it is over", () => {
    const { reporter, reasons } = createReporter();
    reporter.report([problem]);
    reporter.report([problem]);
    assert.deepEqual(reasons(), ["FailedToProgramNodePort"]);
    reporter.report([]);
    reporter.report([]);
    assert.deepEqual(reasons(), ["FailedToProgramNodePort", "ProgrammedNodePort"]);
  });

  test("tells it again when the cause is another one", () => {
    const { reporter, recorded } = createReporter();
    reporter.report([problem]);
    reporter.report([{ ...problem, message: "the port is held by apache" }]);
    assert.deepEqual(
      recorded.map(({ message }) => message),
      ["the port is held by nginx", "the port is held by apache"],
    );
  });

  test("does not write Events about a Service that is gone", () => {
    const { reporter, reasons } = createReporter(false);
    reporter.report([problem]);
    reporter.report([]);
    assert.deepEqual(reasons(), []);
  });
});
