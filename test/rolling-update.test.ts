/** A Deployment is rolled over under load, behind NodePorts and behind the load balancer: no request may fail. In a network namespace, for port 80. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, startLocalCluster } from "./support/local-cluster.ts";
import { missingPrograms } from "./support/missing-programs.ts";
import { isRunning } from "./support/processes.ts";
import type { LoadReport } from "./support/request-load.ts";

const loadProgram = fileURLToPath(new URL("./support/request-load.ts", import.meta.url));
const urls = ["http://127.0.3.1/", "http://127.0.1.1:30080/", "http://127.0.1.3:30080/"];
const retryMs = 50;

const manifest = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: echo
          image: porthole/echo
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
`;

const skip = needsRoot.skip || missingPrograms("kubectl");

describe("a rolling update under load", { timeout: 110_000, skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), "porthole-rolling-"));
  let host: HostNamespace;
  let cluster: LocalCluster;
  const kubectl = (...args: string[]) => host.run("kubectl", "--kubeconfig", cluster.kubeconfig, ...args);

  before(async () => {
    host = await makeHostNamespace();
    const file = join(dir, "web.yaml");
    writeFileSync(file, manifest);
    cluster = await startLocalCluster(["-f", file], (start) => host.enter(start));
    await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    const address = "{.status.loadBalancer.ingress[0].ip}";
    await kubectl("wait", "service/web", `--for=jsonpath=${address}=127.0.3.1`, "--timeout=60s");
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
    rmSync(dir, { recursive: true });
  });

  /** Pods that end are still there for a moment after the rollout is complete. */
  const untilOnly = async (count: number) => {
    while ((await kubectl("get", "pods", "-o", "name")).trim().split("\n").length !== count)
      await delay(retryMs);
  };

  test("loses no request, on new connections and on kept ones, through NodePorts and the balancer", async () => {
    const clients = startLoad(host, urls);
    const lines = createInterface({ input: clients.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "every client was answered");
    for (let round = 0; round < 2; round++) {
      await kubectl("rollout", "restart", "deployment/web");
      await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
      await untilOnly(3);
    }
    clients.stdin?.end();
    const report = JSON.parse((await lines.next()).value ?? "") as LoadReport;
    for (const { url, kept, answered, failures, pods } of report.clients) {
      const who = `${kept ? "kept connections" : "new connections"} to ${url}`;
      assert.deepEqual(failures, [], `${who}: ${answered} were answered`);
      const generations = new Set(pods.map((pod) => pod.slice(0, pod.lastIndexOf("-"))));
      assert.ok(generations.size > 1, `${who} saw only ${pods.join(", ")}`);
    }
  });
});

function startLoad(host: HostNamespace, args: readonly string[]): ChildProcess {
  const flags = ["--disable-warning=ExperimentalWarning", loadProgram];
  return host.enter(() =>
    spawn(process.execPath, [...flags, ...args], { stdio: ["pipe", "pipe", "inherit"] }),
  );
}
