import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceSpec } from "../../api/service.ts";
import { buildForwardingTable } from "../../forwarding/index.ts";
import { makeService, makeSlices, nodeView } from "../../forwarding/testing/world.ts";
import { countNoLocalEndpoints } from "./no-local-endpoints.ts";

const two = [
  { name: "http", port: 80, targetPort: 8080, protocol: "TCP", nodePort: 30_081 },
  { name: "more", port: 81, targetPort: 8081, protocol: "TCP", nodePort: 30_082 },
] as const;
const one = (nodePort: number) => [{ ...two[0], nodePort }];
const local = "Local";

test("Services count once whose policy Local finds nobody on the node, if there is somebody elsewhere", () => {
  const service = (name: string, index: number, spec: Partial<ServiceSpec>) => {
    const clusterIPs = [`10.96.1.${index}`, `fd00:96::1:${index}`];
    return makeService(name, { spec: { ports: one(30_082 + index), clusterIPs, ...spec } });
  };
  const both = { externalTrafficPolicy: local, internalTrafficPolicy: local } as const;
  const services = [
    service("external", 1, { externalTrafficPolicy: local, ports: two }),
    service("internal", 2, { internalTrafficPolicy: local }),
    service("both", 3, both),
    service("cluster", 4, {}),
    service("here", 5, both),
    service("nobody", 6, both),
  ];
  const ports = [
    { name: "http", port: 8080, protocol: "TCP" as const },
    { name: "more", port: 8081, protocol: "TCP" as const },
  ];
  const endpointSlices = [
    ...["external", "internal", "both", "cluster"].flatMap((name) =>
      makeSlices(["b1"], { ports, service: name }),
    ),
    ...makeSlices(["a1"], { ports, service: "here" }),
  ];
  const { table } = buildForwardingTable({ node: nodeView("node-a"), services, endpointSlices });
  for (const family of ["IPv4", "IPv6"] as const) {
    assert.equal(countNoLocalEndpoints(table, family, "external"), 2);
    assert.equal(countNoLocalEndpoints(table, family, "internal"), 2);
  }
});
