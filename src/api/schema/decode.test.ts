import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError, decode, findDuplicateFields } from "./index.ts";
import { canonicalQuantity } from "./quantity.ts";

test("a decoded object holds what Go prints again", () => {
  const { object, unknownFields } = decode("io.k8s.api.core.v1.Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a", labels: {}, creationTimestamp: null },
    spec: {
      ports: [{ port: 80, nodePort: 0, name: "", nodeport: 1 }],
      allocateLoadBalancerNodePorts: false,
      colour: "red",
    },
    data: {},
  });
  assert.deepEqual(object, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a" },
    spec: { ports: [{ port: 80 }], allocateLoadBalancerNodePorts: false },
    status: { loadBalancer: {} },
  });
  assert.deepEqual(unknownFields, ["spec.ports[0].nodeport", "spec.colour", "data"]);
});

test("empty lists of an EndpointSlice are null", () => {
  const { object } = decode("discovery.v1.EndpointSlice", {
    addressType: "IPv4",
    endpoints: [],
    metadata: {},
  });
  assert.deepEqual(object, { addressType: "IPv4", endpoints: null, ports: null, metadata: {} });
});

const wrongTypes: readonly (readonly [unknown, RegExp])[] = [
  [
    { spec: { ports: [{ port: "80" }] } },
    /cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32/,
  ],
  [{ spec: { ports: { port: 80 } } }, /cannot unmarshal object .* of type \[\]v1.ServicePort/],
  [{ spec: { selector: ["x"] } }, /cannot unmarshal array .* of type map\[string\]string/],
  [{ spec: { ports: [{ port: 80.5 }] } }, /cannot unmarshal number 80.5 /],
  [{ spec: { ports: [{ port: 2 ** 40 }] } }, /cannot unmarshal number/],
  [{ metadata: { creationTimestamp: "yesterday" } }, /parsing time "yesterday"/],
  ["x", /cannot unmarshal string into Go value of type v1.Service/],
];

test("a value of a wrong type is refused in Go's words", () => {
  for (const [value, message] of wrongTypes) {
    assert.throws(
      () => decode("core.v1.Service", value),
      (error) => error instanceof DecodeError && message.test(error.message),
    );
  }
});

test("times are told in UTC, with six digits where the field has them", () => {
  const { object } = decode("coordination.v1.Lease", {
    metadata: { creationTimestamp: "2024-01-01T02:00:00.9+02:00" },
    spec: { renewTime: "2024-01-01T01:00:10.500000+01:00", leaseTransitions: 0 },
  });
  assert.deepEqual(object, {
    metadata: { creationTimestamp: "2024-01-01T00:00:00Z" },
    spec: { renewTime: "2024-01-01T00:00:10.500000Z", leaseTransitions: 0 },
  });
});

test("quantities take their canonical form", () => {
  const forms: readonly (readonly [string, string | undefined])[] = [
    ["1000m", "1"],
    ["0.5", "500m"],
    ["1024Ki", "1Mi"],
    ["1.5Gi", "1536Mi"],
    ["512Ki", "512Ki"],
    ["2000", "2k"],
    ["1e3", "1e3"],
    ["0", "0"],
    ["-1500m", "-1500m"],
    ["1Mo", undefined],
    ["", undefined],
  ];
  for (const [text, canonical] of forms) assert.equal(canonicalQuantity(text), canonical, text);
});

test("fields that stand twice in a text are found with their paths", () => {
  const text =
    '{"spec":{"ports":[{"port":80,"port":81}],"type":"ClusterIP","type":"NodePort","x\\"y":[1,{"a":"}"}]}}';
  assert.deepEqual(findDuplicateFields(text), ["spec.ports[0].port", "spec.type"]);
});

test("a time of microseconds has six digits, no fewer and no more", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["2024-01-01T00:00:00Z", 'cannot parse "Z" as ".000000"'],
    ["2024-01-01T00:00:00.123Z", 'cannot parse ".123Z" as ".000000"'],
    ["2024-01-01T00:00:00.123+01:00", 'cannot parse ".123+01:00" as ".000000"'],
    ["2024-01-01T00:00:00.123456789Z", 'cannot parse "789Z" as "Z07:00"'],
    ["soon", 'cannot parse "soon" as "2006"'],
  ];
  for (const [text, message] of cases) {
    const expected = `parsing time "${text}" as "2006-01-02T15:04:05.000000Z07:00": ${message}`;
    assert.throws(
      () => decode("coordination.v1.Lease", { spec: { renewTime: text } }),
      { message: expected },
      text,
    );
  }
});
