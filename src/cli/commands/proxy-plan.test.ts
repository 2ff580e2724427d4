import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Command } from "commander";
import { addProxyCommand } from "./proxy.ts";
import { type ProxyCommandOptions, type ProxyPlan, planProxy } from "./proxy-plan.ts";

/** Plans what a command line asks for. */
function plan(...args: readonly string[]): Promise<ProxyPlan> {
  const program = new Command().exitOverride();
  addProxyCommand(program);
  const command = program.commands[0] as Command;
  command.exitOverride().configureOutput({ writeErr() {} });
  let options: ProxyCommandOptions = {};
  command.action((given: ProxyCommandOptions) => {
    options = given;
  });
  program.parse(["proxy", ...args], { from: "user" });
  return planProxy(options);
}

describe("porthole proxy", () => {
  let dir: string;
  let file: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "porthole-proxy-plan-"));
    file = join(dir, "config.json");
    const kind = { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration" };
    const conntrack = { maxPerCore: 0 };
    const clientConnection = { kubeconfig: "/from/file" };
    const body = {
      ...kind,
      hostnameOverride: "from-file",
      clientConnection,
      conntrack,
      nodePortAddresses: ["192.0.2.0/24"],
    };
    await writeFile(file, JSON.stringify(body));
  });
  after(() => rm(dir, { recursive: true }));

  test("without a file the flags of kube-proxy are the configuration", async () => {
    const { nodeName, settings, kubeconfig, overruled } = await plan(
      "--hostname-override=Node-A",
      "--proxy-mode=nftables",
      "--kubeconfig=/k",
      "--nodeport-addresses=192.0.2.0/24,localhost",
      "--masquerade-all",
      "--conntrack-tcp-be-liberal=true",
      "--conntrack-min=7",
      "--iptables-min-sync-period=2s",
      "--pod-bridge-interface=cni0",
      "--detect-local-mode=BridgeInterface",
      "--metrics-bind-address=",
    );
    assert.deepEqual([nodeName, kubeconfig, overruled], ["node-a", "/k", []]);
    assert.equal(settings.mode, "nftables");
    assert.deepEqual(settings.nodePortAddresses, ["192.0.2.0/24", "localhost"]);
    assert.equal(settings.masqueradeAll, true);
    assert.deepEqual(settings.conntrack, { tcpBeLiberal: true, min: 7 });
    assert.equal(settings.minSyncPeriodMs, 2000);
    assert.deepEqual(settings.podDetection, { kind: "interface", match: "bridge", name: "cni0" });
    assert.deepEqual([settings.healthzBindAddress, settings.metricsBindAddress], ["0.0.0.0:10256", ""]);
  });

  test("without anything it needs no privileges", async () => {
    assert.equal((await plan()).settings.mode, "userspace");
  });

  test("a file overrules kube-proxy's flags, which is said", async () => {
    const { nodeName, settings, kubeconfig, overruled } = await plan(
      "--config",
      file,
      "--conntrack-max-per-core=5",
      "--proxy-mode=userspace",
    );
    assert.deepEqual([nodeName, kubeconfig], ["from-file", "/from/file"]);
    assert.equal(settings.mode, "nftables");
    assert.equal(settings.conntrack.maxPerCore, 0);
    assert.deepEqual(overruled, ["--proxy-mode", "--conntrack-max-per-core"]);
  });

  test("the node's name, verbosity and Porthole's own flags overrule the file", async () => {
    const own = ["--mode", "userspace", "--kubeconfig", "/own", "-v", "4"];
    const found = await plan("--config", file, "--hostname-override", "flag", ...own);
    assert.deepEqual([found.nodeName, found.kubeconfig], ["flag", "/own"]);
    assert.equal(found.settings.mode, "userspace");
    assert.equal(found.logLevel, "debug");
    assert.deepEqual(found.overruled, []);
    assert.deepEqual(found.settings.nodePortAddresses, ["192.0.2.0/24"]);
  });

  test("flags that have no effect are taken, and the reason is told", async () => {
    const { ignored } = await plan(
      "--ipvs-tcp-timeout=1h",
      "--feature-gates=A=true,B=false",
      "--kube-api-qps=5.5",
    );
    assert.deepEqual([...ignored.keys()], ["featureGates", "clientConnection.qps", "ipvs.tcpTimeout"]);
  });

  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    [["--conntrack-min=many"], /on the command line: conntrack\.min must be an integer/],
    [["--proxy-mode=kernelspace"], /mode must be one of nftables, iptables, ipvs, userspace/],
    [["--ipvs-scheduler=random"], /ipvs\.scheduler must be one of rr, wrr, lc/],
    [["--masquerade-all=maybe"], /masqueradeAll must be true or false/],
    [["--config", "/does/not/exist"], /Cannot read the configuration file "\/does\/not\/exist"/],
  ];
  for (const [args, message] of mistakes) {
    test(`${args.join(" ")} is refused`, async () => {
      await assert.rejects(plan(...args), { name: "UsageError", message });
    });
  }
});
