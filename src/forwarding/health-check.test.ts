import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildForwardingTable } from "./build-forwarding-table.ts";
import {
  type EndpointSketch,
  makeService,
  makeSlices,
  nodeView,
  type ServiceChange,
} from "./testing/world.ts";

const balanced: NonNullable<ServiceChange["spec"]> = {
  type: "LoadBalancer",
  externalTrafficPolicy: "Local",
  healthCheckNodePort: 32000,
};

function countOf(
  endpoints: readonly (string | EndpointSketch)[],
  spec: typeof balanced = balanced,
): number | undefined {
  const { healthChecks } = buildForwardingTable({
    node: nodeView("node-a"),
    services: [makeService("demo-service", { spec })],
    endpointSlices: makeSlices(endpoints),
  });
  return healthChecks.get("default/demo-service")?.localEndpoints;
}

describe("what a load balancer is told of a Service with policy Local", () => {
  test("addresses on this node that are ready are counted, in both families", () => {
    assert.equal(countOf(["a1", "a2", "b1"]), 4);
  });
  test("a node whose endpoints all terminate still forwards, yet fails its check", () => {
    assert.equal(countOf([{ pod: "a1", state: "terminating-serving" }, "b1"]), 0);
  });
  test("an endpoint with several ports counts once", () => {
    const { healthChecks } = buildForwardingTable({
      node: nodeView("node-a"),
      services: [makeService("demo-service", { spec: balanced })],
      endpointSlices: makeSlices(["a1"], {
        ports: [
          { name: "", port: 8080, protocol: "TCP" },
          { name: "b", port: 8081, protocol: "TCP" },
        ],
      }),
    });
    assert.equal(healthChecks.get("default/demo-service")?.localEndpoints, 2);
  });
  test("there is no check under policy Cluster", () => {
    assert.equal(countOf(["a1"], { ...balanced, externalTrafficPolicy: "Cluster" }), undefined);
  });
  test("there is no check without a port for it", () => {
    const { healthCheckNodePort: _port, ...rest } = balanced;
    assert.equal(countOf(["a1"], rest), undefined);
  });
});
