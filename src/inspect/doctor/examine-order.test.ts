import assert from "node:assert/strict";
import { test } from "node:test";
import type { Check } from "./check.ts";
import { examine } from "./examine.ts";
import { gatherFacts } from "./facts.ts";
import type { ProbeTarget } from "./probe.ts";
import { answered, diagnose, healthy, nodes, pods, refused, service, unready } from "./testing/cluster.ts";

test("a cause is told before what follows from it, and errors before all else", () => {
  const objects = pods(healthy({ loadBalancerSourceRanges: ["192.0.2.0/24"] }), unready);
  const found = diagnose({
    objects: nodes(objects, (node) => ({ ...node, status: { addresses: node.status.addresses ?? [] } })),
  });
  assert.deepEqual(
    [...new Set(found.map(({ id }) => id))],
    ["node-not-ready", "no-ready-pod", "source-ranges-without-load-balancer"],
  );
});

test("a kernel that is too old for the proxy's mode is told before the proxy that is not there", () => {
  const objects = nodes(healthy(), (node) => ({
    ...node,
    status: { ...node.status, nodeInfo: { kernelVersion: "4.18.0" } },
  }));
  const proxyGone = (target: ProbeTarget) =>
    target.kind === "proxy-health" && target.node === "node-b" ? refused : answered;
  const found = diagnose({ objects, answers: proxyGone }).map(({ id, object }) => `${id}: ${object}`);
  assert.deepEqual(found, [
    "kernel-too-old: Node node-b",
    "proxy-not-running: Node node-b",
    "kernel-too-old: Node node-a",
    "kernel-too-old: Node node-c",
  ]);
});

test("of findings that are equally bad the cause is told first, too", () => {
  const check = (id: string, causes: readonly string[] = []): Check => ({
    id,
    severity: "error",
    title: id,
    explanation: id,
    causes,
    find: () => [{ object: id === "other" ? "Service a/b" : service, evidence: id, advice: id }],
  });
  const checks = [check("follows"), check("other"), check("cause", ["follows", "other"])];
  const told = examine(gatherFacts(healthy(), [], []), checks).map(({ id }) => id);
  assert.deepEqual(told, ["other", "cause", "follows"]);
});
