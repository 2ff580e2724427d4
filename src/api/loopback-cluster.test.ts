import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice } from "./endpoint-slice.ts";
import { allDefinitions } from "./kinds.ts";
import { forLoopbackCluster } from "./loopback-cluster.ts";

function makeSlice(address: string): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "web-1",
      namespace: "default",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [address] }],
    ports: [],
  };
}

const rows = [
  {
    name: "a loopback endpoint is refused by an ordinary cluster",
    loopback: false,
    address: "127.0.2.1",
    errors: 1,
  },
  {
    name: "a loopback endpoint is fine in a loopback cluster",
    loopback: true,
    address: "127.0.2.1",
    errors: 0,
  },
  {
    name: "a link-local endpoint is refused by a loopback cluster, too",
    loopback: true,
    address: "169.254.0.1",
    errors: 1,
  },
] as const;

for (const { name, loopback, address, errors } of rows) {
  test(name, () => {
    const definitions = loopback ? forLoopbackCluster(allDefinitions) : allDefinitions;
    const slices = definitions.find(({ kind }) => kind === "EndpointSlice");
    assert.equal(slices?.validate?.(makeSlice(address)).length, errors);
    assert.equal(slices?.validateUpdate?.(makeSlice(address), makeSlice("10.0.0.1")).length, errors);
  });
}
