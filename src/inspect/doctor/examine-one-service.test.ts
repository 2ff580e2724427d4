import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceSpec } from "../../api/service.ts";
import { examine } from "./examine.ts";
import { gatherFacts } from "./facts.ts";
import { healthy, second } from "./testing/cluster.ts";

test("one Service alone is looked at when it is named", () => {
  const objects = { ...healthy(), services: [...healthy().services, second("later", {})] };
  assert.deepEqual(examine(gatherFacts(objects, [], [], "default/demo-service")), []);
});

test("what a Service has in common with others is seen when it alone is named, too", () => {
  const namesOf = (later: Partial<ServiceSpec>) => {
    const objects = { ...healthy(), services: [...healthy().services, second("later", later)] };
    return examine(gatherFacts(objects, [], [], "default/later")).map(({ id }) => id);
  };
  const nodePort = { port: 80, targetPort: 8080, nodePort: 30_080, protocol: "TCP" } as const;
  assert.ok(namesOf({ ports: [nodePort] }).includes("node-port-duplicate"));
  const headless = namesOf({ type: "ClusterIP", clusterIP: "None" });
  assert.ok(!headless.includes("headless-with-node-port-in-mind"));
});
