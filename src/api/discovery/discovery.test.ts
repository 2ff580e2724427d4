import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice, EndpointSubset, Endpoints } from "../endpoint-slice.ts";
import type { FieldError } from "../field-error.ts";
import { endpointSliceDefinition } from "./endpoint-slice-definition.ts";
import { defaultEndpointSlice, prepareEndpointSliceForUpdate } from "./endpoint-slice-rules.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate } from "./endpoint-slice-validate.ts";
import { endpointsDefinition } from "./endpoints-definition.ts";
import { validateEndpoints } from "./endpoints-rules.ts";

const metadata = {
  name: "s",
  namespace: "default",
  uid: "1",
  resourceVersion: "5",
  generation: 1,
  creationTimestamp: "2026-01-01T00:00:00Z",
};

function slice(content: object = {}): EndpointSlice {
  return defaultEndpointSlice({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata,
    addressType: "IPv4",
    endpoints: [],
    ports: [],
    ...content,
  } as EndpointSlice);
}

function shown(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ type, field }) => `${type} ${field}`);
}

test("empty lists are null, ports have a name and a protocol", () => {
  assert.equal(slice().endpoints, null);
  assert.equal(slice().ports, null);
  assert.deepEqual(slice({ ports: [{}] }).ports, [{ name: "", protocol: "TCP" }]);
  assert.deepEqual(slice({ endpoints: [{ addresses: ["192.0.2.1"] }] }).endpoints?.[0]?.conditions, {});
});

test("each rule names the field that breaks it", () => {
  const at = (...addresses: readonly string[]) => ({ endpoints: [{ addresses }] });
  const many = Array.from({ length: 101 }, (_, index) => `192.0.2.${index}`);
  const invalid: readonly (readonly [object, readonly string[]])[] = [
    [at("192.0.2.1"), []],
    [{ addressType: undefined }, ["Required addressType"]],
    [{ addressType: "IP" }, ["NotSupported addressType"]],
    [at(), ["Required endpoints[0].addresses"]],
    [at("2001:db8::1"), ["Invalid endpoints[0].addresses"]],
    [at("nonsense"), ["Invalid endpoints[0].addresses[0]"]],
    [at("127.0.0.1"), ["Invalid endpoints[0].addresses[0]"]],
    [at(...many), ["TooMany endpoints[0].addresses"]],
    [{ addressType: "IPv6", ...at("2001:DB8::1") }, ["Invalid endpoints[0].addresses[0]"]],
    [{ addressType: "FQDN", ...at("host") }, ["Invalid endpoints[0].addresses[0]"]],
    [{ addressType: "FQDN", ...at("host.example.") }, []],
    [
      { endpoints: Array.from({ length: 1001 }, () => ({ addresses: ["192.0.2.1"] })) },
      ["TooMany endpoints"],
    ],
    [{ ports: [{ port: 80 }, { port: 81 }] }, ["Duplicate ports[1].name"]],
    [{ ports: [{ name: "P", protocol: "Q" }] }, ["Invalid ports[0].name", "NotSupported ports[0].protocol"]],
    [
      { endpoints: [{ addresses: ["192.0.2.1"], hints: { forZones: [{ name: "z" }, { name: "z" }] } }] },
      ["Duplicate endpoints[0].hints.forZones[1].name"],
    ],
    [
      { endpoints: [{ addresses: ["192.0.2.1"], nodeName: "N", hostname: "h.h" }] },
      ["Invalid endpoints[0].nodeName", "Invalid endpoints[0].hostname"],
    ],
  ];
  for (const [content, expected] of invalid) {
    assert.deepEqual(
      shown(validateEndpointSlice(slice(content))),
      expected,
      JSON.stringify(content).slice(0, 99),
    );
  }
  assert.deepEqual(shown(validateEndpointSliceUpdate(slice({ addressType: "IPv6" }), slice())), [
    "Invalid addressType",
  ]);
});

test("the generation grows with content and labels", () => {
  const old = slice(at1);
  const generation = (next: EndpointSlice) => prepareEndpointSliceForUpdate(next, old).metadata.generation;
  assert.equal(generation(slice(at1)), 1);
  assert.equal(generation({ ...old, metadata: { ...metadata, annotations: { a: "b" } } }), 1);
  assert.equal(generation({ ...old, metadata: { ...metadata, labels: { a: "b" } } }), 2);
  assert.equal(generation(slice()), 2);
});

const at1 = { endpoints: [{ addresses: ["192.0.2.1"] }] };

function endpoints(...subsets: readonly EndpointSubset[]): Endpoints {
  const object: Endpoints = { apiVersion: "v1", kind: "Endpoints", metadata, subsets };
  return endpointsDefinition.default?.(object) ?? object;
}

test("Endpoints are checked like slices, but have no family", () => {
  const invalid: readonly (readonly [EndpointSubset, readonly string[]])[] = [
    [{ addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }], ports: [{ port: 80 }] }, []],
    [{ ports: [{ port: 80 }] }, ["Required subsets[0]"]],
    [
      { addresses: [{ ip: "x" }] },
      ["Invalid subsets[0].addresses[0].ip", "Invalid subsets[0].addresses[0].ip"],
    ],
    [
      { addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 80 }, { port: 0 }] },
      [
        "Required subsets[0].ports[0].name",
        "Required subsets[0].ports[1].name",
        "Invalid subsets[0].ports[1].port",
      ],
    ],
  ];
  for (const [subset, expected] of invalid) {
    assert.deepEqual(shown(validateEndpoints(endpoints(subset))), expected, JSON.stringify(subset));
  }
});

test("an address of Endpoints in an unusual spelling gives a warning", () => {
  const unusual = endpoints({ addresses: [{ ip: "192.0.2.1" }, { ip: "FD00::1" }] });
  assert.deepEqual(endpointsDefinition.warnings?.(unusual, undefined), [
    'subsets[0].addresses[1].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
});

test("rows show the first three of everything", () => {
  const nowMs = Date.parse("2026-01-01T00:01:00Z");
  const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
  assert.deepEqual(
    endpointSliceDefinition.cells(
      slice({ endpoints: [{ addresses }], ports: [{ port: 80 }, { name: "p" }] }),
      nowMs,
    ),
    ["s", "IPv4", "80,p", "192.0.2.1,192.0.2.2,192.0.2.3 + 1 more...", "60s"],
  );
  assert.deepEqual(endpointSliceDefinition.cells(slice(), nowMs).slice(2, 4), ["<unset>", "<unset>"]);
  const one = endpoints({ addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }], ports: [{ port: 80 }] });
  assert.equal(endpointsDefinition.cells(one, nowMs)[1], "192.0.2.1:80,[2001:db8::1]:80");
  assert.equal(endpointsDefinition.cells(endpoints(), nowMs)[1], "<none>");
});
