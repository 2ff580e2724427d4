import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allChecks } from "./all-checks.ts";
import { answerFaults } from "./testing/answer-faults.ts";
import { diagnose, healthy, proxyOf, service } from "./testing/cluster.ts";
import { endpointFaults } from "./testing/endpoint-faults.ts";
import { nodeFaults } from "./testing/node-faults.ts";
import { reportFaults } from "./testing/report-faults.ts";
import { serviceFaults } from "./testing/service-faults.ts";

const faults = [...nodeFaults, ...endpointFaults, ...serviceFaults, ...answerFaults, ...reportFaults];

describe("the doctor finds", () => {
  for (const { id, name, object = service, evidence, ...fault } of faults) {
    test(`${name} (${id})`, () => {
      const found = diagnose(fault);
      const mine = found.find((diagnosis) => diagnosis.id === id);
      assert.ok(mine, `not among ${found.map((diagnosis) => diagnosis.id).join(", ") || "no findings"}`);
      assert.equal(mine.object, object);
      assert.match(mine.evidence, evidence);
    });
  }
});

test("every check has a fault among these", () => {
  assert.deepEqual(allChecks.map(({ id }) => id).sort(), [...new Set(faults.map(({ id }) => id))].sort());
});

test("a healthy cluster has no findings", () => {
  const vpn = [{ destination: "172.30.0.0/16", name: "vpn0", mtu: 1280 }];
  const proxies = [proxyOf({}, { podLink: { name: "cni0", mtu: 1500 }, narrowRoutes: vpn })];
  assert.deepEqual(diagnose({ objects: healthy(), proxies }), []);
  assert.deepEqual(diagnose({ objects: healthy() }), []);
  assert.deepEqual(diagnose({ objects: healthy(), proxies: [proxyOf()] }), []);
});
