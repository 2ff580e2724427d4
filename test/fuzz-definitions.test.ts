import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { allDefinitions } from "../src/api/kinds.ts";
import type { KubeObject } from "../src/api/meta.ts";
import type { ResourceDefinition } from "../src/api/resource-definition.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "../src/api/validation/index.ts";
import { createRandom, type Random, randomObject } from "./support/fuzz-objects.ts";

const numRuns = Number(process.env.PORTHOLE_FUZZ_RUNS ?? 150);
const seed = Number(process.env.PORTHOLE_FUZZ_SEED ?? 20_260_101);
const nowMs = Date.parse("2026-06-01T00:00:00Z");

for (const definition of allDefinitions) {
  test(`whatever fits the schema of ${definition.group || "core"} ${definition.kind} is handled (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.1, max: 0.9, noNaN: true }), (start, probability) => {
        const random = createRandom(start);
        const old = prepared(definition, randomStored(random, definition, probability));
        requireShownWhole(definition, old);
        const next = defaulted(definition, randomStored(random, definition, probability));
        const updated = definition.prepareForUpdate?.(next, old) ?? next;
        validateObjectMetaUpdate(updated, old);
        definition.validateUpdate?.(updated, old);
        definition.warnings?.(updated, old);
        for (const part of Object.values(definition.parts ?? {})) {
          part.validate?.(part.prepare(next, old), old);
        }
      }),
      { numRuns, seed },
    );
  });
}

function randomStored(random: Random, definition: ResourceDefinition, probability: number): KubeObject {
  const object = randomObject(random, definition.schema, 0, probability) as Partial<KubeObject>;
  const { metadata } = object;
  const wire = {
    ...object,
    apiVersion: definition.group === "" ? definition.version : `${definition.group}/${definition.version}`,
    kind: definition.kind,
    metadata: {
      ...metadata,
      name: random.pick(["a", "A.b", ""]),
      ...(definition.namespaced ? { namespace: "ns" } : {}),
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
  } as KubeObject;
  return definition.storedAs?.toStored(wire) ?? wire;
}

function defaulted(definition: ResourceDefinition, object: KubeObject): KubeObject {
  const once = definition.default?.(object) ?? object;
  assert.deepEqual(plain(definition.default?.(once) ?? once), plain(once), "defaults change what has them");
  return once;
}

function prepared(definition: ResourceDefinition, object: KubeObject): KubeObject {
  const draft = defaulted(definition, object);
  const created = definition.prepareForCreate?.(draft) ?? draft;
  validateObjectMeta(definition, created);
  definition.validate?.(created);
  definition.warnings?.(created, undefined);
  return created;
}

function requireShownWhole(definition: ResourceDefinition, object: KubeObject): void {
  const cells = definition.cells(object, nowMs);
  assert.equal(cells.length, definition.columns.length, "cells match columns");
  assert.ok(cells.every((cell) => cell === null || ["string", "number", "boolean"].includes(typeof cell)));
  definition.rowConditions?.(object);
  for (const field of Object.values(definition.selectableFields ?? {})) {
    assert.equal(typeof field(object), "string");
  }
  definition.storedAs?.fromStored(object);
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
