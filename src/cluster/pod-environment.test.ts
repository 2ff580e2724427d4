import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { test } from "node:test";
import type { Container, EnvVar, Pod } from "../api/pod.ts";
import { buildEnvironment, plainData, type ReadData } from "./pod-environment.ts";

const place = { podIPs: ["127.0.2.7"], nodeName: "node-1", hostIPs: ["127.0.1.1"] };
const resources = { limits: { cpu: "1500m" }, requests: { memory: "64Mi" } };
const main: Container = { name: "main", image: "any", ports: [{ containerPort: 9000 }], resources };
const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u-1",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: "demo", "a.b/c": "d" },
    annotations: { note: "x" },
  },
  spec: { containers: [main, { name: "other", resources: { limits: { memory: "1Gi" } } }] },
  status: {},
};

const data: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "ConfigMap/settings": { color: "blue", "bad=key": "x" },
  "Secret/keys": { token: "t0p" },
};
const read: ReadData = (kind, name) => Promise.resolve(data[`${kind}/${name}`]);

function build(container: Partial<Container>): Promise<Record<string, string>> {
  return buildEnvironment(pod, { ...main, ...container }, place, read);
}

test("a container always knows its pod, its node and its port", async () => {
  const env = await build({});
  const told = ["POD_IP", "POD_NAME", "POD_NAMESPACE", "NODE_NAME", "HOST_IP", "HOSTNAME", "PORT"];
  assert.deepEqual(
    told.map((name) => env[name]),
    ["127.0.2.7", "web", "shop", "node-1", "127.0.1.1", "web", "9000"],
  );
});

test("variables of the agent are not handed on, but for those that programs need to run", async (t) => {
  process.env.PORTHOLE_TEST_SECRET = "secret";
  t.after(() => {
    delete process.env.PORTHOLE_TEST_SECRET;
  });
  const env = await build({});
  assert.equal(env.PORTHOLE_TEST_SECRET, undefined);
  assert.equal(env.PATH, process.env.PATH);
});

const field = (fieldPath: string) => ({ fieldRef: { fieldPath } });
const limit = (resource: string, more: object = {}) => ({ resourceFieldRef: { resource, ...more } });

for (const { name, valueFrom, expected } of [
  { name: "a field", valueFrom: field("metadata.namespace"), expected: "shop" },
  { name: "a label", valueFrom: field("metadata.labels['a.b/c']"), expected: "d" },
  { name: "an annotation that is not there", valueFrom: field("metadata.annotations['none']"), expected: "" },
  { name: "the pod's address", valueFrom: field("status.podIP"), expected: "127.0.2.7" },
  { name: "the node's addresses", valueFrom: field("status.hostIPs"), expected: "127.0.1.1" },
  { name: "the service account", valueFrom: field("spec.serviceAccountName"), expected: "default" },
  {
    name: "a ConfigMap's key",
    valueFrom: { configMapKeyRef: { name: "settings", key: "color" } },
    expected: "blue",
  },
  { name: "a Secret's key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } }, expected: "t0p" },
  {
    name: "an optional key that is not there",
    valueFrom: { secretKeyRef: { name: "keys", key: "none", optional: true } },
    expected: undefined,
  },
  { name: "a CPU limit, rounded up", valueFrom: limit("limits.cpu"), expected: "2" },
  { name: "a CPU limit in milli", valueFrom: limit("limits.cpu", { divisor: "1m" }), expected: "1500" },
  { name: "a request", valueFrom: limit("requests.memory", { divisor: "1Mi" }), expected: "64" },
  { name: "a request that is not made", valueFrom: limit("requests.cpu", { divisor: "0" }), expected: "0" },
  { name: "no limit", valueFrom: limit("limits.memory"), expected: String(totalmem()) },
  {
    name: "another container's limit",
    valueFrom: limit("limits.memory", { containerName: "other", divisor: "1Mi" }),
    expected: "1024",
  },
] satisfies readonly { name: string; valueFrom: EnvVar["valueFrom"]; expected: string | undefined }[]) {
  test(`a variable can hold ${name}`, async () => {
    assert.equal((await build({ env: [{ name: "X", valueFrom }] })).X, expected);
  });
}

for (const { valueFrom, message } of [
  { valueFrom: field("spec.volumes"), message: /fieldPath "spec.volumes" is not one of metadata.name, / },
  { valueFrom: { configMapKeyRef: { name: "none", key: "a" } }, message: /^configmap "none" not found$/ },
  {
    valueFrom: { secretKeyRef: { name: "keys", key: "none" } },
    message: /^couldn't find key none in Secret keys$/,
  },
  { valueFrom: limit("limits"), message: /resource "limits" is none/ },
  { valueFrom: limit("cpu"), message: /resource "cpu" is none: write limits.cpu/ },
  { valueFrom: limit("limits.cpu", { containerName: "none" }), message: /container none not found/ },
  { valueFrom: limit("limits.cpu", { divisor: "x" }), message: /cannot divide 1500m of limits.cpu by x/ },
  { valueFrom: {}, message: /env "X": only fieldRef, / },
] satisfies readonly { valueFrom: EnvVar["valueFrom"]; message: RegExp }[]) {
  test(`a variable cannot hold ${JSON.stringify(valueFrom)}`, async () => {
    await assert.rejects(build({ env: [{ name: "X", valueFrom }] }), {
      name: "ContainerConfigError",
      message,
    });
  });
}

test("env wins over envFrom, and refers to what stands before it", async () => {
  const env = await build({
    envFrom: [{ prefix: "CFG_", configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }],
    env: [
      { name: "token", value: "own" },
      { name: "URL", value: "http://$(POD_IP):$(PORT)/$(CFG_color)/$(LATER)" },
      { name: "LATER", value: "x" },
    ],
  });
  assert.equal(env.CFG_color, "blue");
  assert.equal(env["CFG_bad=key"], undefined);
  assert.equal(env.token, "own");
  assert.equal(env.URL, "http://127.0.2.7:9000/blue/$(LATER)");
});

test("envFrom of something that is not there is an error unless it is optional", async () => {
  await assert.rejects(
    build({ envFrom: [{ configMapRef: { name: "none" } }] }),
    /configmap "none" not found/,
  );
  await build({ envFrom: [{ secretRef: { name: "none", optional: true } }] });
});

test("a Secret's values are base64", () => {
  const metadata = { ...pod.metadata, name: "keys" };
  const object = { apiVersion: "v1", kind: "Secret", metadata, data: { a: "w7w=" } };
  assert.deepEqual(plainData("Secret", object), { a: "ü" });
  assert.deepEqual(plainData("ConfigMap", object), { a: "w7w=" });
});
