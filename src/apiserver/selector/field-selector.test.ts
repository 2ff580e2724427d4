import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { matchesFields, parseFieldSelector, selectedName } from "./field-selector.ts";

const definition = {
  selectableFields: { "spec.type": (object: KubeObject & { spec: { type: string } }) => object.spec.type },
} as unknown as ResourceDefinition;
const object = {
  metadata: { name: "a", namespace: "ns" },
  spec: { type: "NodePort" },
} as unknown as KubeObject;

const rows = [
  { selector: "", matches: true },
  { selector: "metadata.name=a", matches: true },
  { selector: "metadata.name==a,metadata.namespace=ns", matches: true },
  { selector: "metadata.name!=a", matches: false },
  { selector: "spec.type=NodePort", matches: true },
  { selector: "spec.type=", matches: false },
  { selector: "metadata.name=a\\,b", matches: false },
] as const;

test("a field selector matches metadata and the kind's own fields", () => {
  for (const { selector, matches } of rows) {
    assert.equal(matchesFields(parseFieldSelector(selector, definition), object), matches, selector);
  }
});

test("a field selector that does not parse, or names another field, is refused", () => {
  const refuse = (selector: string, kind: ResourceDefinition, message: string) =>
    assert.throws(() => parseFieldSelector(selector, kind), { message });
  refuse("metadata.name", definition, "invalid selector: 'metadata.name'; can't understand 'metadata.name'");
  refuse("spec.ports=1", definition, "field label not supported: spec.ports");
  const plain = {} as ResourceDefinition;
  refuse("x=1", plain, '"x" is not a known field selector: only "metadata.name", "metadata.namespace"');
});

test("selectedName is the one name that can match", () => {
  assert.equal(selectedName(parseFieldSelector("metadata.name=a", definition)), "a");
  assert.equal(selectedName(parseFieldSelector("metadata.name!=a", definition)), undefined);
});
