import assert from "node:assert/strict";
import { test } from "node:test";
import { readSysctl, writeSysctl } from "./sysctl.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";

const key = "net/ipv4/conf/lo/forwarding";

test("a setting that is written in a namespace is that namespace's alone", needsRoot, async (t) => {
  const [a, b] = [await testNamespace(t), await testNamespace(t)];
  writeSysctl(key, 1, a);
  writeSysctl(key, 0, b);
  assert.equal(readSysctl(key, a), "1");
  assert.equal(readSysctl(key, b), "0");
  assert.equal(runIn(a, "cat", `/proc/sys/${key}`), "1\n");
});

test("a setting that is not there reads as undefined, and cannot be written", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  assert.equal(readSysctl("net/ipv4/conf/none/forwarding", namespace), undefined);
  assert.throws(() => writeSysctl("net/ipv4/conf/none/forwarding", 1, namespace), {
    code: "ENOENT",
    message: new RegExp(
      `Cannot set the kernel setting net/ipv4/conf/none/forwarding to "1" in the network namespace "${namespace.name}": this kernel does not have it`,
    ),
  });
});

test("a value that the kernel does not take is named", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  assert.throws(() => writeSysctl(key, "many", namespace), /to "many".*the kernel does not take this value/);
});

test("keys that are no settings are refused", () => {
  for (const wrong of ["net.ipv4.ip_forward", "../etc/passwd", "net/../../etc", "/net/ipv4", "net"])
    assert.throws(() => readSysctl(wrong), RangeError, wrong);
});
