import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readBalancerText } from "./config-source.ts";

const read = (text: string) => readBalancerText(text, "lb.yaml");

describe("the configuration file", () => {
  test("a frontend leads to its nodePort on all nodes, asked by TCP", async () => {
    const frontends = await read(`
nodes: [192.0.2.12, {name: first, address: 192.0.2.11, weight: 2}]
frontends:
  - {name: web, address: 203.0.113.1, port: 80, nodePort: 30080}
`);
    assert.deepEqual(
      [...frontends.values()],
      [
        {
          key: "LoadBalancerIP/IPv4/TCP/203.0.113.1:80",
          service: { namespace: "file", name: "web", port: "" },
          address: "203.0.113.1",
          family: "IPv4",
          protocol: "TCP",
          port: 80,
          backends: [
            {
              key: "192.0.2.11:30080",
              address: "192.0.2.11",
              port: 30080,
              node: "first",
              weight: 2,
              check: { kind: "tcp", address: "192.0.2.11", port: 30080 },
            },
            {
              key: "192.0.2.12:30080",
              address: "192.0.2.12",
              port: 30080,
              node: "192.0.2.12",
              weight: 1,
              check: { kind: "tcp", address: "192.0.2.12", port: 30080 },
            },
          ],
        },
      ],
    );
  });

  test("a frontend has backends, a check and options of its own, and IPv6 in one spelling", async () => {
    const frontends = await read(`
check: {type: http, port: 10256, path: /healthz}
frontends:
  - address: "2001:DB8::0:1"
    port: 53
    protocol: UDP
    backends: [{address: "2001:db8::11", port: 30053}]
    affinitySeconds: 60
    sourceRanges: ["2001:db8::/32"]
  - address: 203.0.113.1
    port: 443
    backends: [{address: 192.0.2.11, port: 30443}]
    check: {type: https, path: /ready, host: app.example.com}
    proxyProtocol: v2
`);
    const [first, second] = [...frontends.values()];
    assert.equal(first?.key, "LoadBalancerIP/IPv6/UDP/[2001:db8::1]:53");
    assert.deepEqual(first.backends[0]?.check, {
      kind: "http",
      address: "2001:db8::11",
      port: 10256,
      path: "/healthz",
    });
    assert.equal(first.affinitySeconds, 60);
    assert.deepEqual(first.sourceRanges, ["2001:db8::/32"]);
    assert.equal(second?.proxyProtocol, "v2");
    assert.deepEqual(second.backends[0]?.check, {
      kind: "https",
      address: "192.0.2.11",
      port: 30443,
      path: "/ready",
      host: "app.example.com",
    });
  });

  const wrong: readonly { name: string; text: string; says: RegExp }[] = [
    { name: "nothing", text: "", says: /the file: write a mapping/ },
    { name: "no frontends", text: "nodes: [192.0.2.1]", says: /frontends: write at least one/ },
    { name: "what is no YAML", text: "frontends: [", says: /lb\.yaml/ },
    { name: "two documents", text: "frontends: []\n---\nfrontends: []", says: /one document/ },
    { name: "a field that there is none of", text: "frontend: []", says: /frontend: there is no such field/ },
    {
      name: "a wrong address and a wrong port, both at once",
      text: "frontends: [{address: web, port: 0, backends: []}]",
      says: /frontends\[0\]\.address: write the IP address.*\n.*frontends\[0\]\.port: write an integer/,
    },
    {
      name: "one place twice",
      text: "nodes: [192.0.2.1]\nfrontends: [{address: 1.1.1.1, port: 1, nodePort: 2}, {address: 1.1.1.1, port: 1, nodePort: 3}]",
      says: /frontends\[1\]: another frontend has 1\.1\.1\.1:1/,
    },
    {
      name: "a nodePort without nodes",
      text: "frontends: [{address: 1.1.1.1, port: 1, nodePort: 2}]",
      says: /frontends\[0\]\.nodes: name at least one node/,
    },
    {
      name: "both ways to name backends",
      text: "frontends: [{address: 1.1.1.1, port: 1, nodePort: 2, backends: []}]",
      says: /either backends, or nodePort/,
    },
    {
      name: "a TCP check of a UDP port",
      text: "frontends: [{address: 1.1.1.1, port: 1, protocol: UDP, backends: [], check: {type: tcp}}]",
      says: /a UDP port cannot be asked by TCP/,
    },
    {
      name: "a check's path that would end the request's line",
      text: 'frontends: []\ncheck: {type: http, path: "/a b\\r\\nX: y"}',
      says: /check\.path: write it like/,
    },
  ];
  for (const { name, text, says } of wrong) {
    test(`it refuses ${name}, and says what to write`, async () => {
      await assert.rejects(read(text), says);
    });
  }
});
