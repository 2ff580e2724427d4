import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../api/meta.ts";
import { isApiStatusError } from "../errors.ts";
import { type ApplyInput, readApply, trackManagedFields } from "./index.ts";

const schema = "io.k8s.api.core.v1.Service";

function input(manager: string, object: object, force = false): ApplyInput {
  const body = JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "a" }, ...object });
  return { body, schema, kind: "Service", apiVersion: "v1", subresource: "", manager, force, nowMs: 0 };
}

async function applied(
  live: KubeObject | undefined,
  manager: string,
  spec: object,
  force = false,
): Promise<KubeObject> {
  return (await readApply(input(manager, { spec }, force)))(live);
}

function updated(
  live: KubeObject | undefined,
  manager: string,
  next: KubeObject,
  subresource = "",
): KubeObject {
  return trackManagedFields({ schema, apiVersion: "v1", subresource, live, next, manager, nowMs: 1000 });
}

function specOf(object: KubeObject): unknown {
  return (object as unknown as { spec: unknown }).spec;
}

function ownersOf(object: KubeObject): Record<string, unknown> {
  const entries = object.metadata.managedFields ?? [];
  return Object.fromEntries(
    entries.map(({ manager, operation, fieldsV1 }) => [`${operation} ${manager}`, fieldsV1]),
  );
}

const port80 = 'k:{"port":80,"protocol":"TCP"}';

test("a manager owns what it applies, keyed by port and protocol", async () => {
  const object = await applied(undefined, "alice", { ports: [{ port: 80 }], selector: { app: "x" } });
  assert.deepEqual(ownersOf(object), {
    "Apply alice": { "f:spec": { "f:ports": { [port80]: { ".": {}, "f:port": {} } }, "f:selector": {} } },
  });
});

test("what a manager no longer applies goes, unless another one owns it", async () => {
  const first = await applied(undefined, "alice", {
    ports: [{ port: 80 }, { port: 443 }],
    sessionAffinity: "ClientIP",
  });
  const second = await applied(first, "bob", { sessionAffinity: "ClientIP" });
  const third = await applied(second, "alice", { ports: [{ port: 443 }] });
  assert.deepEqual(specOf(third), { ports: [{ port: 443 }], sessionAffinity: "ClientIP" });
  const fourth = await applied(third, "bob", {});
  assert.deepEqual(specOf(fourth), { ports: [{ port: 443 }] });
});

test("metadata that no manager applies stays when labels go", async () => {
  const labelled = (await readApply(input("alice", { metadata: { name: "a", labels: { l: "1" } } })))(
    undefined,
  );
  const live = { ...labelled, metadata: { ...labelled.metadata, uid: "u", resourceVersion: "7" } };
  const { managedFields: _managedFields, ...metadata } = (await applied(live, "alice", { type: "ClusterIP" }))
    .metadata;
  assert.deepEqual(metadata, { name: "a", uid: "u", resourceVersion: "7" });
});

test("a conflict names the manager and the field, and force takes the field", async () => {
  const live = await applied(undefined, "alice", { ports: [{ port: 80, nodePort: 30051 }] });
  await assert.rejects(applied(live, "bob", { ports: [{ port: 80, nodePort: 30052 }] }), (error) => {
    assert.ok(isApiStatusError(error));
    const field = '.spec.ports[port=80,protocol="TCP"].nodePort';
    assert.equal(error.message, `Apply failed with 1 conflict: conflict with "alice": ${field}`);
    assert.deepEqual(error.status.details, {
      causes: [{ reason: "FieldManagerConflict", message: 'conflict with "alice"', field }],
    });
    return error.code === 409;
  });
  const forced = await applied(live, "bob", { ports: [{ port: 80, nodePort: 30052 }] }, true);
  assert.deepEqual(ownersOf(forced), {
    "Apply alice": { "f:spec": { "f:ports": { [port80]: { ".": {}, "f:port": {} } } } },
    "Apply bob": { "f:spec": { "f:ports": { [port80]: { ".": {}, "f:nodePort": {}, "f:port": {} } } } },
  });
});

test("an update owns what it changes, and takes it from its owner", () => {
  const metadata = { name: "a", labels: { x: "1" } } as unknown as KubeObject["metadata"];
  const created = updated(undefined, "one", { apiVersion: "v1", kind: "Service", metadata });
  assert.deepEqual(ownersOf(created), {
    "Update one": { "f:metadata": { "f:labels": { ".": {}, "f:x": {} } } },
  });
  const labels = { ...created.metadata, labels: { x: "2", y: "2" } };
  const changed = updated(created, "two", { ...created, metadata: labels });
  assert.deepEqual(ownersOf(changed), {
    "Update one": { "f:metadata": { "f:labels": {} } },
    "Update two": { "f:metadata": { "f:labels": { "f:x": {}, "f:y": {} } } },
  });
});

test("more than ten updaters become one of old", () => {
  let object: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a" } as KubeObject["metadata"],
  };
  for (let index = 0; index < 15; index += 1) {
    const labels = { ...object.metadata.labels, [`l${index}`]: "x" };
    object = updated(object, `m${index}`, { ...object, metadata: { ...object.metadata, labels } });
  }
  const names = (object.metadata.managedFields ?? []).map(({ manager }) => manager);
  assert.equal(names.length, 10);
  assert.ok(names.includes("ancient-changes"));
});

const refusals: readonly (readonly [object, number, string])[] = [
  [{ apiVersion: undefined, kind: undefined }, 400, "invalid object type: /, Kind="],
  [{ metadata: { name: "a", managedFields: [{}] } }, 400, "metadata.managedFields must be nil"],
  [
    { spec: { bogus: 1 } },
    500,
    "failed to create typed patch object (/a; /v1, Kind=Service): .spec.bogus: field not declared in schema",
  ],
  [
    { spec: { ports: [{ port: 80 }, { port: 80 }] } },
    500,
    'failed to create typed patch object (/a; /v1, Kind=Service): .spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
  ],
];

test("what cannot be applied is refused in Kubernetes' words", async () => {
  for (const [object, code, message] of refusals) {
    await assert.rejects(readApply(input("m", object)), (error) => {
      assert.ok(isApiStatusError(error));
      assert.equal(error.message, message);
      return error.code === code;
    });
  }
});
