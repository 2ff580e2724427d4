import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject, ObjectMeta } from "../meta.ts";
import { validateKindMetaUpdate, validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.ts";

function object(metadata: Partial<ObjectMeta>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Thing",
    metadata: {
      name: "a",
      namespace: "default",
      uid: "1",
      resourceVersion: "5",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
  };
}

function wrong(metadata: Partial<ObjectMeta>): readonly string[] {
  return validateObjectMeta({ namespaced: true }, object(metadata)).map(
    ({ type, field }) => `${type} ${field}`,
  );
}

test("every part of metadata is looked at", () => {
  assert.deepEqual(wrong({}), []);
  assert.deepEqual(wrong({ name: "" }), ["Required metadata.name"]);
  assert.deepEqual(wrong({ generateName: "Bad_" }), ["Invalid metadata.generateName"]);
  assert.deepEqual(wrong({ namespace: "" }), ["Required metadata.namespace"]);
  assert.deepEqual(wrong({ labels: { "a b": "x", c: "x y" } }), [
    "Invalid metadata.labels",
    "Invalid metadata.labels",
  ]);
  assert.deepEqual(wrong({ annotations: { "Example.com/X": "any thing" } }), []);
  assert.deepEqual(wrong({ annotations: { big: "x".repeat(262_142) } }), ["TooLong metadata.annotations"]);
  assert.deepEqual(wrong({ finalizers: ["hold"] }), ["Invalid metadata.finalizers[0]"]);
  assert.deepEqual(wrong({ finalizers: ["orphan", "example.com/x"] }), []);
  assert.deepEqual(wrong({ finalizers: ["orphan", "foregroundDeletion"] }), ["Invalid metadata.finalizers"]);
});

test("an object has at most one controller", () => {
  const owner = { apiVersion: "v1", kind: "K", name: "n", uid: "u", controller: true };
  assert.deepEqual(wrong({ ownerReferences: [owner] }), []);
  assert.deepEqual(wrong({ ownerReferences: [owner, { ...owner, name: "m" }] }), [
    "Invalid metadata.ownerReferences",
  ]);
  assert.deepEqual(wrong({ ownerReferences: [{ ...owner, kind: "", uid: "" }] }), [
    "Invalid metadata.ownerReferences.kind",
    "Invalid metadata.ownerReferences.uid",
  ]);
});

test("an update does not change who an object is", () => {
  const old = object({});
  assert.deepEqual(validateObjectMetaUpdate(old, old), []);
  const changed = object({ uid: "2", creationTimestamp: "2027-01-01T00:00:00Z", generation: -1 });
  assert.deepEqual(
    validateObjectMetaUpdate(changed, old).map(({ field }) => field),
    ["metadata.generation", "metadata.uid", "metadata.creationTimestamp"],
  );
});

test("an object that is being deleted gets no new finalizers", () => {
  const old = object({ deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/one"] });
  const next = object({
    deletionTimestamp: "2026-01-01T00:00:00Z",
    finalizers: ["example.com/one", "example.com/two"],
  });
  assert.deepEqual(
    validateKindMetaUpdate(next, old).map(({ detail }) => detail),
    [
      'no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/two"}',
    ],
  );
});
