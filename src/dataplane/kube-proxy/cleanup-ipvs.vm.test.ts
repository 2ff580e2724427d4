import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { onlyInVm } from "../../../test/support/only-in-vm.ts";
import { cleanupKubeProxy } from "./index.ts";

const run = (command: string) => execFileSync("sh", ["-ec", command], { encoding: "utf8" });

// The machine is the test's own, so this is its initial network namespace.
test(
  "what kube-proxy's ipvs mode leaves is removed, and Porthole's virtual servers stay",
  onlyInVm,
  async () => {
    run(`ip link add kube-ipvs0 type dummy
    ip address add 10.96.0.1/32 dev kube-ipvs0
    ipvsadm -A -t 10.96.0.1:443 -s rr
    ipvsadm -A -t 192.0.2.1:30080 -s rr -b flag-3`);
    const lines = await cleanupKubeProxy();
    assert.ok(lines.includes("Removed the link kube-ipvs0 and 1 virtual servers of IPVS"), lines.join("\n"));
    assert.equal(run("ipvsadm -S -n"), "-A -t 192.0.2.1:30080 -s rr -b flag-3\n");
    assert.doesNotMatch(run("ip link show"), /kube-ipvs0/);
    run("ipvsadm -C");
  },
);
