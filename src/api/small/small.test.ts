import assert from "node:assert/strict";
import { test } from "node:test";
import type { Namespace } from "../event.ts";
import type { FieldError } from "../field-error.ts";
import { type IPAddress, ipAddressDefinition } from "../ip-address.ts";
import { type ServiceCIDR, serviceCidrDefinition } from "../service-cidr.ts";
import { type ConfigMap, configMapDefinition } from "./config-map.ts";
import { namespaceDefinition } from "./namespace.ts";
import { type Secret, secretDefinition } from "./secret.ts";

const metadata = {
  name: "a",
  namespace: "default",
  uid: "1",
  resourceVersion: "5",
  creationTimestamp: "2026-01-01T00:00:00Z",
};

function shown(errors: readonly FieldError[] | undefined): readonly string[] {
  return (errors ?? []).map(({ type, field }) => `${type} ${field}`);
}

test("a namespace can be selected by its name, and is held until it is empty", () => {
  const { namespace: _, ...own } = metadata;
  const given: Namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: own,
    status: { phase: "Terminating" },
  };
  const created = namespaceDefinition.prepareForCreate?.(given);
  assert.deepEqual(created?.metadata.labels, { "kubernetes.io/metadata.name": "a" });
  assert.deepEqual(created?.spec, { finalizers: ["kubernetes"] });
  assert.deepEqual(created?.status, { phase: "Active" });
  assert.ok(created);
  const status = namespaceDefinition.parts?.status;
  assert.deepEqual(shown(status?.validate?.({ ...created, status: { phase: "Terminating" } }, created)), [
    "Invalid status.Phase",
  ]);
});

test("keys are file names, and what is immutable stays", () => {
  const map = (content: Partial<ConfigMap>): ConfigMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    ...content,
  });
  const { validate, validateUpdate } = configMapDefinition;
  assert.deepEqual(shown(validate?.(map({ data: { "k.txt": "v" } }))), []);
  assert.deepEqual(shown(validate?.(map({ data: { "bad key": "v" } }))), ["Invalid data[bad key]"]);
  assert.deepEqual(shown(validate?.(map({ data: { k: "v" }, binaryData: { k: "AA==" } }))), [
    "Invalid data[k]",
  ]);
  assert.deepEqual(shown(validate?.(map({ data: { k: "v".repeat(2 ** 20 + 1) } }))), ["TooLong []"]);
  const frozen = map({ data: { k: "v" }, immutable: true });
  assert.deepEqual(shown(validateUpdate?.(frozen, frozen)), []);
  assert.deepEqual(shown(validateUpdate?.(map({ data: { k: "w" } }), frozen)), [
    "Forbidden immutable",
    "Forbidden data",
  ]);
});

test("a secret's plain text becomes data, and its type says what must be there", () => {
  const secret = (content: Partial<Secret>): Secret => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    ...content,
  });
  const written = secretDefinition.default?.(secret({ stringData: { k: "v" } }));
  assert.deepEqual(written, secret({ data: { k: "dg==" }, type: "Opaque" }));
  assert.deepEqual(shown(secretDefinition.validate?.(secret({ type: "kubernetes.io/tls" }))), [
    "Required data[tls.crt]",
    "Required data[tls.key]",
  ]);
});

test("a range is canonical, and only grows by one of the other family", () => {
  const range = (...cidrs: readonly string[]): ServiceCIDR => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { ...metadata, namespace: "" },
    spec: { cidrs },
  });
  const { validate, validateUpdate } = serviceCidrDefinition;
  assert.deepEqual(shown(validate?.(range("10.0.0.0/16", "fd00::/112"))), []);
  assert.deepEqual(shown(validate?.(range())), ["Required spec.cidrs"]);
  assert.deepEqual(shown(validate?.(range("10.0.0.0/16", "10.1.0.0/16"))), ["Invalid spec.cidrs"]);
  assert.deepEqual(shown(validate?.(range("10.0.0.1/16"))), ["Invalid spec.cidrs[0]"]);
  assert.deepEqual(shown(validateUpdate?.(range("10.0.0.0/16", "fd00::/112"), range("10.0.0.0/16"))), []);
  assert.deepEqual(shown(validateUpdate?.(range("10.1.0.0/16"), range("10.0.0.0/16"))), [
    "Invalid spec.cidrs",
  ]);
});

test("an address is named after itself and belongs to something", () => {
  const address = (spec: IPAddress["spec"]): IPAddress => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: { ...metadata, name: "10.96.0.1", namespace: "" },
    spec,
  });
  const parentRef = { resource: "services", namespace: "default", name: "web" };
  assert.deepEqual(ipAddressDefinition.validateName?.("10.96.0.1", false), []);
  assert.equal(ipAddressDefinition.validateName?.("10.96.0.01", false).length, 1);
  assert.deepEqual(shown(ipAddressDefinition.validate?.(address({}))), ["Required spec.parentRef"]);
  assert.deepEqual(ipAddressDefinition.cells(address({ parentRef }), 0)[1], "services/default/web");
});
