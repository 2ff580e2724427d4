import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type HostNamespace, makeHostNamespace, namespacesOf } from "./support/host-namespace.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

const probes = Number(process.env.PORTHOLE_TEST_PROBES ?? 150);
const probeScript = fileURLToPath(new URL("./support/probe-live.ts", import.meta.url));

const service = (name: string, spec: string) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {ipFamilyPolicy: PreferDualStack, ${spec}}
`;
const ports =
  "ports: [{name: tcp, port: 80, targetPort: 8080}, {name: udp, port: 80, targetPort: 8080, protocol: UDP}]";
const manifest = [
  service("cluster", `type: NodePort, selector: {app: web}, ${ports}`),
  service("local", `type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ${ports}`),
  service("inside", `internalTrafficPolicy: Local, selector: {app: one}, ${ports}`),
  service("sticky", `type: NodePort, sessionAffinity: ClientIP, selector: {app: web}, ${ports}`),
  service("nobody", `type: NodePort, selector: {app: nobody}, ${ports}`),
  service("closed", "type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 9}]"),
  ...["web", "one"].map(
    (app) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${app}}
spec:
  replicas: ${app === "web" ? 4 : 1}
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec: {containers: [{name: echo, image: porthole/echo, ports: [{containerPort: 8080}]}]}
`,
  ),
].join("---");

describe("porthole trace --live on a node", { timeout: 60_000 + probes * 200, ...needsRoot }, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  const dir = mkdtempSync(join(tmpdir(), "porthole-trace-"));

  before(async () => {
    host = await makeHostNamespace();
    cluster = await startLocalCluster(["--dataplane", "nftables"], (start) => host.enter(start));
    const file = join(dir, "services.yaml");
    writeFileSync(file, manifest);
    const kubectl = (...args: string[]) => host.run("kubectl", "--kubeconfig", cluster.kubeconfig, ...args);
    await kubectl("apply", "-f", file);
    for (const name of ["web", "one"]) {
      await kubectl("rollout", "status", `deployment/${name}`, "--timeout=60s");
    }
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
    rmSync(dir, { recursive: true });
  });

  const onNode = (...command: string[]) => {
    const name = namespacesOf(cluster.pid).find((one) => one.endsWith("node-1")) ?? "";
    return host.run("ip", "netns", "exec", name, ...command);
  };
  test("the kernel does with random packets what the model says", async () => {
    const text = await onNode(
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      probeScript,
      cluster.kubeconfig,
      "node-1",
      String(probes),
    );
    const { verdicts, found } = JSON.parse(text) as {
      readonly verdicts: object;
      readonly found: readonly string[];
    };
    assert.deepEqual(found, []);
    for (const verdict of ["forward", "not-ours", "reject"])
      assert.ok(verdict in verdicts, `no probe was "${verdict}"`);
  });

  test("it tells where the kernel differs, and exits with 3", async () => {
    const url = new URL(cluster.urls[0] ?? "");
    await onNode(
      "nft",
      "add table ip intruder; add chain ip intruder output { type filter hook output priority 10; }; add rule ip intruder output ip daddr 10.0.0.0/8 tcp dport 8080 reject",
    );
    const failed = await onNode(
      porthole,
      "trace",
      url.host,
      "--live",
      "--kubeconfig",
      cluster.kubeconfig,
    ).then(
      () => assert.fail("it says that all is well"),
      (error: { readonly code: number; readonly stdout: string }) => error,
    );
    assert.equal(failed.code, 3);
    assert.match(failed.stdout, /THE KERNEL DIFFERS: It should be "forward", and was "reject"/);
    assert.match(failed.stdout, /intruder output: drop/);
  });
});
