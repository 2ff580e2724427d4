import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BalancedFrontend } from "../balanced-frontend.ts";
import { checkKey } from "../health/check-target.ts";
import type { ProbeHealth } from "../health/probe-health.ts";
import { BalancerModel } from "./balancer-model.ts";

/** A frontend on the nodes 192.0.2.N, each with its proxy's health. */
function frontend(port: number, nodes: readonly number[]): BalancedFrontend {
  const address = "203.0.113.1";
  return {
    key: `LoadBalancerIP/IPv4/TCP/${address}:${port}`,
    service: { namespace: "default", name: `web-${port}`, port: "" },
    address,
    family: "IPv4",
    protocol: "TCP",
    port,
    backends: nodes.map((number) => ({
      key: `192.0.2.${number}:${port}`,
      address: `192.0.2.${number}`,
      port,
      node: `node-${number}`,
      weight: 1,
      check: { kind: "http", address: `192.0.2.${number}`, port: 10_256, path: "/healthz" },
    })),
  };
}

const mapOf = (...frontends: readonly BalancedFrontend[]) => new Map(frontends.map((one) => [one.key, one]));
const healthKey = (number: number) => `http://192.0.2.${number}:10256/healthz`;

function setUp() {
  const dead = new Set<string>();
  let nowMs = 1_000_000;
  const model = new BalancerModel({
    name: "lb",
    togetherMs: 3000,
    drainMs: 30_000,
    slowStartMs: 0,
    healthOf: ({ check }): ProbeHealth => ({
      state: check && dead.has(checkKey(check)) ? "unhealthy" : "healthy",
      sinceMs: 0,
      reason: "",
      against: 0,
      told: true,
    }),
    nowMs: () => nowMs,
  });
  const backendsOf = (port: number) => {
    const target = model.update().frontends.get(frontend(port, []).key)?.external;
    return target?.kind === "forward" ? target.backends.map(({ address }) => address) : target?.kind;
  };
  return {
    model,
    dead,
    backendsOf,
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe("BalancerModel", () => {
  test("a target is asked once however many frontends depend on it, and its failure changes them all", () => {
    const { model, dead, backendsOf } = setUp();
    model.setFrontends(mapOf(frontend(80, [1, 2]), frontend(443, [1, 2])));
    assert.deepEqual([...model.targets().keys()], [healthKey(1), healthKey(2)]);
    dead.add(healthKey(1));
    assert.deepEqual(backendsOf(80), ["192.0.2.2"]);
    assert.deepEqual(backendsOf(443), ["192.0.2.2"]);
    dead.add(healthKey(2));
    assert.deepEqual(backendsOf(80), ["192.0.2.2"], "nobody has told the model");
    model.targetChanged(healthKey(2));
    assert.equal(backendsOf(80), "reject");
    assert.equal(backendsOf(443), "reject");
  });

  test("a target is asked for as long as one backend names it", () => {
    const { model } = setUp();
    model.setFrontends(mapOf(frontend(80, [1, 2]), frontend(443, [1])));
    model.setFrontends(mapOf(frontend(443, [1])));
    assert.deepEqual([...model.targets().keys()], [healthKey(1)]);
    model.setFrontends(mapOf(frontend(443, [2])));
    assert.deepEqual([...model.targets().keys()], [healthKey(2)]);
  });

  test("tables share frontends that did not change", () => {
    const { model } = setUp();
    const [web, mail] = [frontend(80, [1]), frontend(25, [1])];
    model.setFrontends(mapOf(web, mail));
    const before = model.update().frontends;
    model.setFrontends(mapOf(frontend(80, [1, 2]), mail));
    const after = model.update().frontends;
    assert.equal(after.get(mail.key), before.get(mail.key));
    assert.notEqual(after.get(web.key), before.get(web.key));
  });

  test("a backend that left may keep its connections until its deadline, unless it comes back", () => {
    const { model, advance } = setUp();
    const { key } = frontend(80, []);
    const established = () => model.update().frontends.get(key)?.established;
    model.setFrontends(mapOf(frontend(80, [1, 2])));
    model.setFrontends(mapOf(frontend(80, [1])));
    assert.deepEqual(established(), ["192.0.2.1:80", "192.0.2.2:80"]);
    assert.equal(model.nextChangeMs, 1_030_000);
    advance(29_999);
    assert.equal(established()?.length, 2);
    advance(1);
    assert.deepEqual(established(), ["192.0.2.1:80"]);
    assert.equal(model.nextChangeMs, undefined);
    model.setFrontends(mapOf(frontend(80, [1, 2])));
    assert.equal(model.states().get(key)?.draining.length, 0);
  });

  test("forgets frontends, their targets and what was known by them", () => {
    const { model } = setUp();
    model.setFrontends(mapOf(frontend(80, [1])));
    assert.equal(model.knowsTarget(healthKey(1)), true);
    assert.equal(model.knowsTarget("tcp://192.0.2.1:80"), true);
    model.setFrontends(new Map());
    assert.equal(model.update().frontends.size, 0);
    assert.equal(model.targets().size, 0);
    assert.equal(model.knowsTarget(healthKey(1)), false);
  });
});
