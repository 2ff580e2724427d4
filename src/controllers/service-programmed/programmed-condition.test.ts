import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ProxyReport } from "../../api/proxy-report/proxy-report.ts";
import { type HeardReport, livenessOn } from "../../api/proxy-report/service-liveness.ts";
import { makeNode, makeService } from "../testing/builders.ts";
import { commonGround, isLiveEverywhere, withProgrammed } from "./programmed-condition.ts";

const nowMs = Date.parse("2026-01-01T00:10:00Z");
const wanted = { service: "default/web", serviceRevision: 7, sliceRevision: 9 };
const heard = (more: Partial<ProxyReport> = {}, isAlive = true): HeardReport => ({
  isAlive,
  report: {
    node: "n",
    mode: "nftables",
    services: 9,
    endpointSlices: 9,
    programmed: 1,
    problems: [],
    moreProblems: 0,
    ...more,
  },
});

describe("the condition porthole.dev/Programmed", () => {
  const nodes = [makeNode("node-1"), makeNode("node-2")];
  const conditionOf = (second: HeardReport | undefined, service = makeService("web")) =>
    withProgrammed(service, wanted, nodes, (node) => (node === "node-1" ? heard() : second), nowMs)?.status
      ?.conditions?.[0];

  test("is True where all nodes have the current state", () => {
    const condition = conditionOf(heard());
    assert.equal(condition?.status, "True");
    assert.equal(condition?.reason, "LiveOnAllNodes");
  });

  test("names the node that does not, and why", () => {
    const problem = { service: "default/web", message: "port 30080 is in use by nginx" };
    const condition = conditionOf(heard({ problems: [problem] }));
    assert.equal(condition?.status, "False");
    assert.equal(condition?.message, "Live on 1 of 2 nodes; not on node-2 (port 30080 is in use by nginx)");
  });

  test("is not written again while nothing changes, and keeps its time while only the reason does", () => {
    const service = withProgrammed(makeService("web"), wanted, nodes, () => undefined, nowMs);
    assert.ok(service);
    assert.equal(
      withProgrammed(service, wanted, nodes, () => undefined, nowMs + 1),
      undefined,
    );
    const later = withProgrammed(service, wanted, nodes, () => heard({}, false), nowMs + 60_000);
    assert.equal(later?.status?.conditions?.[0]?.lastTransitionTime, "2026-01-01T00:10:00Z");
  });

  test("a node that is not ready does not count", () => {
    const off = makeNode("node-2", (node) => {
      node.status.conditions = [{ type: "Ready", status: "Unknown" }];
    });
    const next = withProgrammed(
      makeService("web"),
      wanted,
      [makeNode("node-1"), off],
      (node) => (node === "node-1" ? heard() : undefined),
      nowMs,
    );
    assert.equal(next?.status?.conditions?.[0]?.status, "True");
  });
});

test("what all nodes have in common decides as a look at each of them does", () => {
  const reports = fc.option(
    fc.record({
      isAlive: fc.boolean(),
      report: fc.record({
        node: fc.constant("n"),
        mode: fc.constant("nftables"),
        services: fc.integer({ min: 6, max: 8 }),
        endpointSlices: fc.integer({ min: 8, max: 10 }),
        programmed: fc.constant(1),
        problems: fc.constantFrom([], [{ service: "default/web", message: "x" }]),
        moreProblems: fc.constantFrom(0, 0, 1),
      }),
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(reports, { minLength: 1, maxLength: 4 }), (heardReports) => {
      const nodes = heardReports.map((_, index) => makeNode(`node-${index}`));
      const heardFrom = (node: string) => heardReports[Number(node.slice(5))];
      const each = nodes.every(
        ({ metadata }) => livenessOn(metadata.name, wanted, heardFrom(metadata.name)).state === "live",
      );
      assert.equal(isLiveEverywhere(wanted, commonGround(nodes, heardFrom)), each);
    }),
  );
});
