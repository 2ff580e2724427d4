import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../../forwarding/testing/world.ts";
import { planProbes } from "./plan-probes.ts";
import { healthy, second } from "./testing/cluster.ts";

test("a large cluster is asked in part, and a Service that is named always", () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    second(`s${index}`, {
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_100 + index, protocol: "TCP" }],
    }),
  );
  const objects = { ...healthy(), services: many };
  const all = planProbes(objects);
  assert.ok(all.targets.length <= 256 + objects.nodes.length);
  assert.ok(all.left.includes("default/s99"));
  const one = planProbes(objects, "default/s99");
  assert.ok(
    one.targets.some(({ port, address }) => port === 30_199 && address === addressOf("IPv4", "node-c")),
  );
});

test("of a cluster of many nodes all have their health asked, and some of them each Service's port", () => {
  const [template] = healthy().nodes;
  assert.ok(template);
  const many = Array.from({ length: 250 }, (_, index) => ({
    ...template,
    metadata: { ...template.metadata, name: `n${index}` },
    status: { addresses: [{ type: "InternalIP" as const, address: `192.0.2.${index + 1}` }] },
  }));
  const services = Array.from({ length: 40 }, (_, index) =>
    second(`s${index}`, {
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_100 + index, protocol: "TCP" }],
    }),
  );
  const { targets, left } = planProbes({ ...healthy(), nodes: many, services });
  assert.equal(targets.filter(({ kind }) => kind === "proxy-health").length, many.length);
  const asked = targets.filter(({ kind }) => kind === "node-port");
  assert.equal(new Set(asked.map(({ node }) => node)).size, many.length);
  assert.ok(asked.length <= 256);
  assert.equal(new Set(asked.map(({ port }) => port)).size + left.length, services.length);
  const one = planProbes({ ...healthy(), nodes: many, services }, "default/s39");
  assert.equal(one.targets.filter(({ kind }) => kind === "node-port").length, many.length);
});
