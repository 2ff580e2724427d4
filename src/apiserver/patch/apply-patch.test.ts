import assert from "node:assert/strict";
import { test } from "node:test";
import { isApiStatusError } from "../errors.ts";
import { readPatch } from "./apply-patch.ts";

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "a", labels: { x: "1" } },
  spec: {
    selector: { a: "1", b: "2" },
    ports: [
      { name: "http", port: 80, protocol: "TCP", targetPort: 80 },
      { name: "https", port: 443, protocol: "TCP", targetPort: 443 },
    ],
  },
  status: { loadBalancer: {} },
};

type PatchName = "json-patch" | "merge-patch" | "strategic-merge-patch";

async function patched(
  type: PatchName,
  patch: unknown,
  warnings: string[] = [],
): Promise<Record<string, unknown>> {
  const apply = readPatch({
    mediaType: `application/${type}+json`,
    body: typeof patch === "string" ? patch : JSON.stringify(patch),
    schema: "io.k8s.api.core.v1.Service",
    kind: "Service",
    apiVersion: "v1",
    fieldValidation: "Warn",
    warn: (text) => warnings.push(text),
  });
  return await apply(service);
}

async function patchedSpec(type: PatchName, spec: unknown): Promise<Record<string, unknown>> {
  return (await patched(type, { spec })).spec as Record<string, unknown>;
}

const [http, https] = service.spec.ports;
const portPatches: readonly (readonly [string, unknown, unknown])[] = [
  [
    "a known key merges, in the patch's place",
    [{ port: 443, targetPort: 8443 }],
    [http, { ...https, targetPort: 8443 }],
  ],
  ["a new key comes first", [{ port: 8080, name: "alt" }], [{ port: 8080, name: "alt" }, http, https]],
  ["$patch: delete removes", [{ port: 80, $patch: "delete" }], [https]],
  ["$patch: replace replaces", [{ $patch: "replace" }, { port: 9 }], [{ port: 9 }]],
];

for (const [name, ports, expected] of portPatches) {
  test(`strategic merge of a list: ${name}`, async () => {
    assert.deepEqual((await patchedSpec("strategic-merge-patch", { ports })).ports, expected);
  });
}

test("$setElementOrder orders a merged list", async () => {
  const spec = await patchedSpec("strategic-merge-patch", {
    "$setElementOrder/ports": [{ port: 443 }, { port: 80 }],
    ports: [{ port: 80, name: "web" }],
  });
  assert.deepEqual(spec.ports, [https, { ...http, name: "web" }]);
});

test("a strategic merge merges maps, deletes nulls and replaces on demand", async () => {
  const merged = await patchedSpec("strategic-merge-patch", { selector: { a: null, c: "3" } });
  assert.deepEqual(merged.selector, { b: "2", c: "3" });
  const replaced = await patchedSpec("strategic-merge-patch", { selector: { $patch: "replace", c: "3" } });
  assert.deepEqual(replaced.selector, { c: "3" });
});

test("a merge patch replaces lists", async () => {
  assert.deepEqual((await patchedSpec("merge-patch", { ports: [{ port: 1 }] })).ports, [{ port: 1 }]);
});

test("a JSON patch moves, copies and tests", async () => {
  const object = await patched("json-patch", [
    { op: "test", path: "/metadata/labels/x", value: "1" },
    { op: "add", path: "/metadata/labels/example.com~1y", value: "2" },
    { op: "move", from: "/metadata/labels/x", path: "/metadata/labels/z" },
  ]);
  assert.deepEqual((object.metadata as { labels: unknown }).labels, { "example.com/y": "2", z: "1" });
});

test("unknown and duplicate fields of a patch are warned of", async () => {
  const warnings: string[] = [];
  await patched("merge-patch", '{"spec":{"colour":"red","type":"ClusterIP","type":"NodePort"}}', warnings);
  assert.deepEqual(warnings, ['duplicate field "spec.type"', 'unknown field "spec.colour"']);
});

const refusals: readonly (readonly [PatchName, unknown, number, RegExp])[] = [
  ["json-patch", { op: "add" }, 400, /^error decoding patch: /],
  ["json-patch", [{ op: "remove", path: "/metadata/labels/none" }], 422, /^the server rejected our request/],
  ["json-patch", [{ op: "frob", path: "/spec" }], 422, /^the server rejected our request/],
  ["merge-patch", "{", 400, /^error decoding patch: /],
  ["merge-patch", { kind: "Pod" }, 422, /^ "" is invalid: patch: Invalid value: /],
  ["merge-patch", { spec: { ports: 1 } }, 422, /cannot unmarshal number/],
  [
    "strategic-merge-patch",
    { spec: { type: [1] } },
    422,
    /Invalid value: "map\[spec:map\[type:\[1\]\]\]": json: /,
  ],
  [
    "strategic-merge-patch",
    { spec: { ports: [{ name: "x" }] } },
    500,
    /^map: map\[name:x\] does not contain declared merge key: port$/,
  ],
];

test("a patch that cannot be applied is refused in Kubernetes' words", async () => {
  for (const [type, patch, code, message] of refusals) {
    await assert.rejects(
      patched(type, patch),
      (error) => isApiStatusError(error) && error.code === code && message.test(error.message),
    );
  }
});
