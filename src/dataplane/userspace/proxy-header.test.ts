import assert from "node:assert/strict";
import { test } from "node:test";
import { buildProxyHeader } from "./proxy-header.ts";

const ipv4 = {
  source: { address: "203.0.113.7", port: 51234 },
  destination: { address: "192.168.1.5", port: 30080 },
};
const ipv6 = { source: { address: "fd00::7", port: 1 }, destination: { address: "fd00:1::5", port: 443 } };
const signature = "0d0a0d0a000d0a515549540a";

test("buildProxyHeader writes version 1 as a line", () => {
  assert.equal(buildProxyHeader("v1", ipv4).toString(), "PROXY TCP4 203.0.113.7 192.168.1.5 51234 30080\r\n");
  assert.equal(buildProxyHeader("v1", ipv6).toString(), "PROXY TCP6 fd00::7 fd00:1::5 1 443\r\n");
});

test("buildProxyHeader writes version 2 with family, addresses and ports", () => {
  assert.equal(
    buildProxyHeader("v2", ipv4).toString("hex"),
    `${signature}2111000c${"cb007107"}${"c0a80105"}c8227580`,
  );
  assert.equal(
    buildProxyHeader("v2", ipv6).toString("hex"),
    `${signature}21210024${"fd000000000000000000000000000007"}${"fd000001000000000000000000000005"}000101bb`,
  );
});
