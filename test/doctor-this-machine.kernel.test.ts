import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Diagnosis } from "../src/inspect/index.ts";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type Doctor, openDoctor } from "./support/doctor.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type HostProcesses, openHostProcesses, untilSucceeds } from "./support/host-processes.ts";

const address = "192.0.2.1";
const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "here" },
  spec: { podCIDRs: ["10.244.0.0/24"] },
};
const status = {
  addresses: [{ type: "InternalIP", address }],
  conditions: [{ type: "Ready", status: "True" }],
};

/** Another proxy, as far as others can tell from outside. */
const otherProxy = `http.createServer((_, answer) => answer.end("{}")).listen(10256, "0.0.0.0")`;
/** What kube-proxy has in its mode iptables. */
const kubeProxy = ["-t nat -N KUBE-SERVICES", "-t nat -A PREROUTING -j KUBE-SERVICES"];

describe("the doctor on a node whose proxy is not Porthole's", { timeout: 60_000, ...needsRoot }, () => {
  const dir = mkdtempSync(join(tmpdir(), "porthole-here-"));
  let host: HostNamespace;
  let processes: HostProcesses;
  let doctor: Doctor;

  before(async () => {
    host = await makeHostNamespace();
    await host.run("ip", "link", "add", "lan", "type", "bridge");
    await host.run("ip", "address", "add", `${address}/24`, "dev", "lan");
    await host.run("ip", "link", "set", "lan", "up");
    for (const rule of kubeProxy) await host.run("iptables-nft", "-w", ...rule.split(" "));
    await host.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    processes = openHostProcesses(host);
    const kubeconfig = join(dir, "kubeconfig");
    processes.run(process.execPath, ["-e", otherProxy]);
    processes.start("apiserver", "--data-dir", join(dir, "data"), "--kubeconfig-out", kubeconfig);
    doctor = openDoctor(host, kubeconfig);
    await untilSucceeds(() => doctor.kubectl("get", "--raw", "/readyz"));
    await untilSucceeds(() => host.run("curl", "--silent", "--fail", `http://${address}:10256/healthz`));
    for (const [verb, path, object] of [
      ["create", "/api/v1/nodes", node],
      ["replace", "/api/v1/nodes/here/status", { ...node, status }],
    ] as const) {
      const file = join(dir, `${verb}.json`);
      writeFileSync(file, JSON.stringify(object));
      await doctor.kubectl(verb, "--raw", path, "-f", file);
    }
  });
  after(async () => {
    await processes?.end();
    await host?.close();
    rmSync(dir, { recursive: true });
  });

  const ofThisMachine = async (...args: readonly string[]) => {
    const found = (await doctor.ask("doctor", ...args)).found as readonly Diagnosis[];
    return found.filter(({ object }) => object === "Node here").map(({ id, evidence }) => [id, evidence]);
  };

  test("finds nothing in a system that is well, kube-proxy's own rules and what they let in among it", async () => {
    await host.run("iptables-nft", "-w", "-P", "FORWARD", "DROP");
    assert.deepEqual(await ofThisMachine(), []);
  });

  test("names what is in the way, and that it was seen on this machine", async () => {
    await host.run("sysctl", "-qw", "net.ipv4.ip_forward=0");
    assert.deepEqual(await ofThisMachine(), [
      ["forwarding-off", "net.ipv4.ip_forward is 0 (seen on this machine)"],
    ]);
  });

  test("looks at nothing but the API where it may ask nobody else", async () => {
    assert.deepEqual(await ofThisMachine("--no-probe"), []);
  });
});
