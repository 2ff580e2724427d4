import assert from "node:assert/strict";
import { test } from "node:test";
import { validateDnsLabelName, validateDnsSubdomainName } from "./names.ts";
import {
  configKeyProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  portNameProblems,
  qualifiedNameProblems,
} from "./syntax.ts";

type Check = (text: string) => readonly string[];

const table: readonly (readonly [Check, readonly string[], readonly string[]])[] = [
  [dnsLabelProblems, ["a", "1st", "a-b", "x".repeat(63)], ["", "A", "-a", "a-", "a.b", "x".repeat(64)]],
  [dnsSubdomainProblems, ["a", "a.b-c.d"], ["", ".a", "a..b", "a_b", "a.".repeat(127)]],
  [qualifiedNameProblems, ["a", "A_b.c", "example.com/A"], ["", "/a", "a/", "a/b/c", "UP.example/x", "a b"]],
  [labelValueProblems, ["", "a", "A_b.9"], ["-a", "a b", "x".repeat(64)]],
  [portNameProblems, ["web", "a-b", "8a"], ["", "Web", "8080", "a--b", "-a", "name-longer-than-15"]],
  [configKeyProblems, ["k.txt", "_", "A-b"], ["", ".", "..", "..a", "a b"]],
];

test("names are told from what only looks like one", () => {
  for (const [problems, good, bad] of table) {
    for (const text of good) assert.deepEqual(problems(text), [], `${problems.name} of "${text}"`);
    for (const text of bad) assert.notDeepEqual(problems(text), [], `${problems.name} of "${text}"`);
  }
});

test("what is wrong is said in apimachinery's words", () => {
  assert.deepEqual(dnsLabelProblems("a.b"), ["must not contain dots"]);
  assert.deepEqual(dnsLabelProblems("-"), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.deepEqual(labelValueProblems("v".repeat(64)), ["must be no more than 63 bytes"]);
  assert.deepEqual(dnsLabelProblems("v".repeat(64)), ["must be no more than 63 characters"]);
  assert.equal(qualifiedNameProblems("")[0], "name part must be non-empty");
  assert.equal(qualifiedNameProblems("/x")[0], "prefix part must be non-empty");
});

test("a prefix for generated names may end in a hyphen", () => {
  assert.deepEqual(validateDnsLabelName("web-", true), []);
  assert.notDeepEqual(validateDnsLabelName("web-", false), []);
  assert.deepEqual(validateDnsSubdomainName("web.a-", true), []);
  assert.notDeepEqual(validateDnsLabelName("Bad_", true), []);
});
