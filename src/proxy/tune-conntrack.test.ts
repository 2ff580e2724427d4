import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../lib/log.ts";
import { tuneConntrack } from "./tune-conntrack.ts";

/** Settings of a kernel; one of them is read-only, as in a network namespace. */
function kernel(settings: Record<string, string>, readOnly?: string) {
  const written: string[] = [];
  return {
    written,
    readSysctl: (key: string) => settings[key],
    writeSysctl(key: string, value: number) {
      if (key === readOnly) throw new Error(`Cannot set the kernel setting ${key}`);
      settings[key] = String(value);
      written.push(`${key}=${value}`);
    },
  };
}

const prefix = "net/netfilter/nf_conntrack_";

test("only what differs is written, and a larger limit stays", async () => {
  const sysctls = kernel({ [`${prefix}max`]: "99999999", [`${prefix}tcp_timeout_established`]: "86400" });
  await tuneConntrack({ tcpBeLiberal: true }, silentLogger, sysctls);
  assert.deepEqual(sysctls.written, [`${prefix}tcp_timeout_close_wait=3600`, `${prefix}tcp_be_liberal=1`]);
});

test("what cannot be written does not keep the rest from being written", async () => {
  const warnings: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
  const sysctls = kernel({ [`${prefix}max`]: "1" }, `${prefix}max`);
  await tuneConntrack({ tcpEstablishedTimeout: 0, tcpCloseWaitTimeout: 5000 }, log, sysctls);
  assert.equal(warnings.length, 1);
  assert.deepEqual(sysctls.written, [`${prefix}tcp_timeout_close_wait=5`]);
});
