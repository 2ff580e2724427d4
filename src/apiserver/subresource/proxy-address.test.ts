import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";
import { isApiStatusError } from "../errors.ts";
import { isProxyable, parseProxyName, podAddress, serviceAddress } from "./proxy-address.ts";

const metadata = {
  name: "web",
  namespace: "default",
  uid: "u",
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
};

const names = [
  { text: "web", scheme: "http", name: "web", port: "" },
  { text: "web:8080", scheme: "http", name: "web", port: "8080" },
  { text: "https:web:", scheme: "https", name: "web", port: "" },
  { text: "https:web:tls", scheme: "https", name: "web", port: "tls" },
] as const;
for (const { text, ...parts } of names) {
  test(`parseProxyName reads ${text}`, () => assert.deepEqual(parseProxyName(text), parts));
}

test("parseProxyName refuses another scheme", () => {
  assert.throws(
    () => parseProxyName("ftp:web:21"),
    (error) => isApiStatusError(error) && error.status.code === 400,
  );
});

function makePod(podIP: string | undefined): Pod {
  const ports = [
    { name: "http", containerPort: 8080 },
    { name: "admin", containerPort: 9090 },
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [{ name: "c", ports }] },
    status: podIP === undefined ? {} : { podIP },
  };
}

test("podAddress takes the first port, a port by its name, and any number", () => {
  const ports = ["", "admin", "1234"].map((port) => podAddress(makePod("10.0.0.1"), port).port);
  assert.deepEqual(ports, [8080, 9090, 1234]);
});

test("podAddress refuses a pod without an address, and a port that is none", () => {
  assert.throws(() => podAddress(makePod(undefined), ""), /no address yet/);
  assert.throws(() => podAddress(makePod("10.0.0.1"), "grpc"), /no port "grpc"/);
});

const service: Service = {
  apiVersion: "v1",
  kind: "Service",
  metadata,
  spec: {
    type: "ClusterIP",
    sessionAffinity: "None",
    ports: [
      { name: "http", port: 80, targetPort: 8080, protocol: "TCP" },
      { name: "admin", port: 90, targetPort: 9090, protocol: "TCP" },
    ],
  },
  status: {},
};
const slice: EndpointSlice = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata,
  addressType: "IPv4",
  ports: [
    { name: "http", port: 8080 },
    { name: "admin", port: 9090 },
  ],
  endpoints: [
    { addresses: ["10.0.0.1"], conditions: { ready: false } },
    { addresses: ["10.0.0.2"], conditions: { ready: true } },
    { addresses: ["10.0.0.3"] },
  ],
};

test("serviceAddress chooses among the ready endpoints of the port that is meant", () => {
  const chosen = [0, 1].map((index) => serviceAddress(service, [slice], "admin", () => index));
  assert.deepEqual(chosen, [
    { host: "10.0.0.2", port: 9090 },
    { host: "10.0.0.3", port: 9090 },
  ]);
  assert.equal(serviceAddress(service, [slice], "80", () => 0).port, 8080);
});

test("serviceAddress says so when nobody serves, and when it is not clear which port is meant", () => {
  assert.throws(
    () => serviceAddress(service, [], "http", () => 0),
    /no endpoints available for service "web"/,
  );
  assert.throws(() => serviceAddress(service, [slice], "", () => 0), /no service port "" found/);
});

test("isProxyable keeps clients away from the server's own machine", () => {
  for (const host of ["127.0.0.1", "::1", "169.254.169.254", "fe80::1"])
    assert.equal(isProxyable(host, false), false, host);
  assert.equal(isProxyable("10.0.0.1", false), true);
  assert.equal(isProxyable("127.0.2.1", true), true);
  assert.equal(isProxyable("169.254.169.254", true), false);
});
