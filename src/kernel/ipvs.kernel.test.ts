import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { openIpvs } from "./index.ts";
import { needsRoot, testNamespace } from "./testing/kernel-test.ts";

const hasIpvs = existsSync("/proc/net/ip_vs");

test("a kernel without IPVS is named, with what to do", {
  skip: needsRoot.skip || (hasIpvs && "this kernel has IPVS"),
}, async (t) => {
  const namespace = await testNamespace(t);
  await assert.rejects(openIpvs(namespace), /This kernel has no IPVS: load its module \(modprobe ip_vs\)/);
});
