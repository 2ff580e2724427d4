import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { requireLibc } from "../../src/kernel/ffi.ts";
import { onlyInVm } from "../support/only-in-vm.ts";

// include/linux/socket.h, include/uapi/linux/in.h
const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_SCTP = 132;

test("the virtual machine's kernel has IPVS with every scheduler that kube-proxy knows", onlyInVm, () => {
  assert.match(readFileSync("/proc/net/ip_vs", "utf8"), /^IP Virtual Server version/);
  for (const scheduler of ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "mh", "sed", "nq"]) {
    execFileSync("ipvsadm", ["-A", "-t", "192.0.2.1:80", "-s", scheduler]);
    execFileSync("ipvsadm", ["-D", "-t", "192.0.2.1:80"]);
  }
});

test("the virtual machine's kernel has SCTP sockets", onlyInVm, async () => {
  const libc = await requireLibc();
  const fd = libc.socket("Cannot open an SCTP socket", AF_INET, SOCK_STREAM, IPPROTO_SCTP);
  assert.ok(fd > 2);
  assert.ok(existsSync("/proc/net/sctp"));
});
