import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cidrWarnings,
  ipWarnings,
  validateCidr,
  validateIp,
  validateLegacyCidr,
  validateLegacyIp,
  validateNonSpecialIp,
} from "./addresses.ts";

function details(errors: readonly { readonly detail: string }[]): readonly string[] {
  return errors.map(({ detail }) => detail);
}

test("an older field takes any spelling of IPv6, but none that two programs read differently", () => {
  assert.deepEqual(validateLegacyIp("FD00:0::1", "f"), []);
  assert.deepEqual(details(validateLegacyIp("010.0.0.1", "f")), ["must not have leading 0s"]);
  assert.deepEqual(details(validateLegacyIp("::ffff:1.2.3.4", "f")), [
    "must not be an IPv4-mapped IPv6 address",
  ]);
  assert.deepEqual(details(validateLegacyCidr("10.0.0.1/8", "f")), [
    "must not have bits set beyond the prefix length",
  ]);
  assert.deepEqual(details(validateLegacyCidr("010.0.0.0/8", "f")), [
    "must not have leading 0s in IP or prefix length",
  ]);
});

test("what already stood in the object is let pass", () => {
  assert.deepEqual(validateLegacyIp("010.0.0.1", "f", ["010.0.0.1"]), []);
  assert.deepEqual(validateLegacyCidr("10.0.0.1/8", "f", ["10.0.0.1/8"]), []);
});

test("a newer field takes the canonical spelling only", () => {
  assert.deepEqual(validateIp("fd00::1", "f"), []);
  assert.deepEqual(details(validateIp("FD00:0::1", "f")), ['must be in canonical form ("fd00::1")']);
  assert.deepEqual(details(validateCidr("FD00::/64", "f")), ['must be in canonical form ("fd00::/64")']);
});

test("addresses with a meaning of their own on every node are refused", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["192.0.2.1", 0],
    ["2001:db8::1", 0],
    ["0.0.0.0", 1],
    ["::", 1],
    ["127.9.9.9", 1],
    ["::1", 1],
    ["169.254.1.1", 1],
    ["fe80::1", 1],
    ["febf::1", 1],
    ["fec0::1", 0],
    ["224.0.0.255", 1],
    ["224.0.1.0", 0],
    ["ff02::1", 1],
    ["ff12::1", 1],
    ["ff05::1", 0],
    ["x", 1],
  ];
  assert.deepEqual(
    cases.map(([ip]) => [ip, validateNonSpecialIp(ip, "f").length]),
    cases,
  );
});

test("valid but unusual spellings give a warning", () => {
  assert.deepEqual(ipWarnings("10.0.0.1", "f"), []);
  assert.deepEqual(ipWarnings("FD00::1", "f"), [
    'f: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
  assert.deepEqual(ipWarnings("010.0.0.1", "f"), [
    'f: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ]);
  assert.deepEqual(cidrWarnings("10.0.0.1/8", "f"), [
    'f: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
  assert.deepEqual(cidrWarnings("FD00::/64", "f"), [
    'f: IPv6 CIDR value "FD00::/64" should be in RFC 5952 canonical format ("fd00::/64")',
  ]);
});
