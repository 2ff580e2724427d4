import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Service } from "../api/service.ts";
import { createSliceTrimmer, triggeredAt, trimService } from "./trim-objects.ts";

const metadata = { name: "web", namespace: "default", uid: "1", resourceVersion: "1", creationTimestamp: "" };
const owner = { apiVersion: "v1", kind: "Service", name: "web", uid: "1" };
const changedAt = "endpoints.kubernetes.io/last-change-trigger-time";
const startedAt = Date.parse("2026-01-01T00:00:00Z");

function slice(annotations: Readonly<Record<string, string>>): EndpointSlice {
  const endpoint = (address: string, ready: boolean) => ({
    addresses: [address],
    conditions: { ready, serving: true, terminating: false },
    hostname: "web-0",
    nodeName: `node-${1}`,
    zone: "zone-1",
    targetRef: { kind: "Pod", namespace: "default", name: "web-0", uid: "2" },
  });
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, annotations, ownerReferences: [owner] },
    addressType: "IPv4",
    ports: [{ port: 8080 }],
    endpoints: [endpoint("10.180.0.1", true), endpoint("10.180.0.2", true), endpoint("10.180.0.3", false)],
  };
}

test("of a slice's endpoints only what leads packets is kept, and what is equal is kept once", () => {
  const { metadata: kept, endpoints } = createSliceTrimmer(startedAt)(slice({ other: "x" }));
  assert.deepEqual(kept, metadata);
  assert.deepEqual(
    endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready]),
    [
      ["10.180.0.1", true],
      ["10.180.0.2", true],
      ["10.180.0.3", false],
    ],
  );
  assert.deepEqual(Object.keys(endpoints?.[0] ?? {}), ["addresses", "conditions", "nodeName"]);
  assert.equal(endpoints?.[0]?.conditions, endpoints?.[1]?.conditions);
});

test("the time of a change is kept if the proxy saw it happen", () => {
  const trim = createSliceTrimmer(startedAt);
  assert.equal(triggeredAt(trim(slice({ [changedAt]: "2026-01-01T00:00:01Z" }))), startedAt + 1000);
  assert.equal(triggeredAt(trim(slice({ [changedAt]: "2025-12-31T23:59:59Z" }))), undefined);
  assert.equal(triggeredAt(trim(slice({ [changedAt]: "soon" }))), undefined);
});

test("of a Service's annotations the one is kept that means something here", () => {
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, annotations: { "porthole.dev/proxy-protocol": "v2", applied: "{}" } },
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    },
    status: { loadBalancer: {} },
  };
  assert.deepEqual(trimService(service).metadata.annotations, { "porthole.dev/proxy-protocol": "v2" });
  assert.ok(!("annotations" in trimService({ ...service, metadata }).metadata));
});

test("null conditions and endpoints, as some servers write them, are taken", () => {
  const { endpoints: _, ...rest } = slice({});
  assert.equal(createSliceTrimmer(startedAt)({ ...rest, endpoints: null }).endpoints, null);
  const odd = JSON.parse('{"addresses":["10.180.0.1"],"conditions":null}');
  assert.deepEqual(createSliceTrimmer(startedAt)({ ...rest, endpoints: [odd] }).endpoints, [
    { addresses: ["10.180.0.1"] },
  ]);
});
