import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Lease } from "../node.ts";
import {
  boundProblems,
  leaseOfReport,
  maxProblems,
  type ProxyReport,
  renewedAtMs,
  reportOfLease,
} from "./proxy-report.ts";

const report: ProxyReport = {
  node: "node-1",
  mode: "nftables",
  services: 12,
  endpointSlices: 15,
  programmed: 4,
  problems: [{ service: "default/web", message: "port 30080 is in use" }],
  moreProblems: 0,
};

describe("a proxy's report in a Lease", () => {
  test("comes back as it was written, with its time", () => {
    const lease = leaseOfReport(report, "2026-01-01T00:00:00.000000Z") as Lease;
    assert.deepEqual(reportOfLease(lease), report);
    assert.equal(renewedAtMs(lease), Date.parse("2026-01-01T00:00:00Z"));
    assert.equal(lease.metadata.name, "porthole-proxy-node-1");
  });

  const unreadable: readonly (readonly [name: string, text: string | undefined])[] = [
    ["no annotation", undefined],
    ["no JSON", "{"],
    ["another shape", '{"node":"node-1"}'],
    ["problems that are none", JSON.stringify({ ...report, problems: [{}] })],
  ];
  for (const [name, text] of unreadable) {
    test(`is none with ${name}`, () => {
      const lease = leaseOfReport(report, "") as Lease;
      const annotations: Record<string, string> =
        text === undefined ? {} : { "porthole.dev/proxy-report": text };
      assert.equal(reportOfLease({ ...lease, metadata: { ...lease.metadata, annotations } }), undefined);
    });
  }

  test("tells a bounded number of problems, each of a bounded length, and how many there are beside", () => {
    const all = Array.from({ length: maxProblems + 7 }, (_, index) => ({
      service: `default/web-${index}`,
      message: "x".repeat(5000),
    }));
    const { problems, moreProblems } = boundProblems(all);
    assert.equal(problems.length, maxProblems);
    assert.equal(moreProblems, 7);
    assert.ok(JSON.stringify(problems).length < 20_000);
  });
});
