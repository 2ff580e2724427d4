import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import { createChangeCounter } from "./change-counter.ts";
import { createProxyMetrics } from "./metrics/proxy-metrics.ts";

const none = { added: [], updated: [], deleted: [] };

function slice(changedAt?: number): EndpointSlice {
  const time = changedAt === undefined ? undefined : new Date(changedAt).toISOString();
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "web-abc",
      namespace: "default",
      uid: "1",
      resourceVersion: "1",
      creationTimestamp: "",
      ...(time && { annotations: { "endpoints.kubernetes.io/last-change-trigger-time": time } }),
    },
    addressType: "IPv4",
    ports: [],
    endpoints: [],
  };
}

test("changes are pending until the sync that took them up is done, and those that came meanwhile after it", () => {
  const metrics = createProxyMetrics({ lastQueuedAt: () => undefined, table: () => undefined });
  const counter = createChangeCounter(metrics);
  counter.sawSlices({ ...none, added: [slice(1_000_000), slice()] });
  const done = counter.take();
  counter.sawSlices({ ...none, updated: [{ previous: slice(), next: slice(1_002_000) }] });
  assert.deepEqual(metrics.pending, { endpoints: 3, services: 0 });
  done(1_003_000);
  assert.deepEqual(metrics.pending, { endpoints: 1, services: 0 });
  assert.match(metrics.text(), /^kubeproxy_network_programming_duration_seconds_sum\{ip_family="IPv4"\} 3$/m);
  assert.match(metrics.text(), /^kubeproxy_network_programming_duration_seconds_sum\{ip_family="IPv6"\} 0$/m);
  assert.match(metrics.text(), /^kubeproxy_sync_proxy_rules_endpoint_changes_total 3$/m);
  assert.match(metrics.text(), /^kubeproxy_sync_proxy_rules_endpoint_changes_pending 1$/m);
});

test("what a failed sync took up stays pending until one succeeds", () => {
  const metrics = createProxyMetrics({ lastQueuedAt: () => undefined, table: () => undefined });
  const counter = createChangeCounter(metrics);
  counter.sawSlices({ ...none, deleted: [slice()] });
  counter.take();
  assert.equal(metrics.pending.endpoints, 1);
  counter.take()(0);
  assert.equal(metrics.pending.endpoints, 0);
});
