import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generatedFileTexts, installedVersion } from "../../../tools/generate-schemas.ts";
import { alwaysPrinted, embeddedStructs, pointerScalars, quantityFields } from "./go-shape.ts";
import { findSchema, schemaNames } from "./index.ts";
import {
  atomicFields,
  atomicTypes,
  fieldDefaults,
  mapLists,
  mergeKeys,
  retainKeys,
  setLists,
} from "./list-keys.ts";

const folder = new URL("./generated/", import.meta.url);
const committed = readFileSync(new URL("schemas.json", folder), "utf8");
const version: string = JSON.parse(committed)[""].version;

test("the committed schemas are what the models say", {
  skip:
    version === installedVersion() ? false : `generated from ${version}, installed is ${installedVersion()}`,
}, () => {
  const texts = generatedFileTexts();
  assert.equal(committed, texts.schemas);
  assert.equal(readFileSync(new URL("descriptions.json", folder), "utf8"), texts.descriptions);
});

test("every field that a table names exists", () => {
  const paths = new Set(
    schemaNames().flatMap((name) => [...findSchema(name).fields.keys()].map((field) => `${name}.${field}`)),
  );
  const named = [mergeKeys, mapLists, fieldDefaults].flatMap((table) => Object.keys(table));
  const shapes = [pointerScalars, embeddedStructs, alwaysPrinted, quantityFields].flatMap((table) =>
    Object.entries(table).flatMap(([type, fields]) => fields.split(" ").map((field) => `${type}.${field}`)),
  );
  const all = [...named, ...shapes, ...setLists, ...atomicFields, ...retainKeys];
  assert.deepEqual(
    all.filter((path) => !paths.has(path)),
    [],
  );
  assert.deepEqual(
    [...atomicTypes].filter((name) => !schemaNames().includes(name)),
    [],
  );
});
