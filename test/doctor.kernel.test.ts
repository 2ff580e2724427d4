import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Diagnosis } from "../src/inspect/index.ts";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

const run = promisify(execFile);
/** A fault shows a moment after its objects are there: the doctor is asked again, so often and at most so many times. */
const retryMs = 100;
const mostRetries = 100;

interface Broken {
  /** The check that names the fault; also the namespace that it is built in. */
  readonly id: string;
  readonly pods?: { readonly replicas?: number; readonly container?: string; readonly labels?: string };
  readonly service?: string;
}

const echo = "{name: echo, image: porthole/echo, ports: [{name: http, containerPort: 8080}]}";

/** Each is a Service `web` and its Deployment, with one thing wrong. */
const broken: readonly Broken[] = [
  { id: "selector-matches-nothing", service: "selector: {app: wbe}" },
  { id: "no-selector-no-endpoints", service: "" },
  {
    id: "no-ready-pod",
    pods: {
      container:
        "{name: echo, image: porthole/echo, readinessProbe: {httpGet: {path: /nowhere, port: 9}, periodSeconds: 1}}",
    },
  },
  {
    id: "target-port-name-missing",
    service: "selector: {app: web}\n  ports: [{port: 80, targetPort: web}]",
  },
  {
    id: "endpoint-refuses",
    service: "selector: {app: web}\n  ports: [{port: 80, targetPort: 9}]",
  },
  { id: "external-local-without-endpoint", service: "selector: {app: web}\n  externalTrafficPolicy: Local" },
  { id: "internal-local-without-endpoint", service: "selector: {app: web}\n  internalTrafficPolicy: Local" },
  {
    id: "unready-published",
    service: "selector: {app: web}\n  publishNotReadyAddresses: true",
    pods: {
      container:
        "{name: echo, image: porthole/echo, readinessProbe: {httpGet: {path: /nowhere, port: 9}, periodSeconds: 1}}",
    },
  },
  {
    id: "load-balancer-pending",
    service: "selector: {app: web}\n  type: LoadBalancer\n  loadBalancerClass: example.com/none",
  },
  { id: "other-proxy" },
  {
    id: "headless-with-node-port-in-mind",
    service: "selector: {app: web}\n  type: ClusterIP\n  clusterIP: None",
  },
  {
    id: "host-port-conflict",
    service: "selector: {app: web}\n  ports: [{port: 80, targetPort: 8080, nodePort: 30999}]",
    pods: {
      container: "{name: echo, image: porthole/echo, ports: [{containerPort: 8080, hostPort: 30999}]}",
    },
  },
];

function manifestOf({ id, pods = {}, service = "selector: {app: web}" }: Broken): string {
  const lines = service.includes("ports:") ? service : `${service}\n  ports: [{port: 80, targetPort: 8080}]`;
  const type = service.includes("type:") ? "" : "\n  type: NodePort";
  const label = id === "other-proxy" ? ", labels: {service.kubernetes.io/service-proxy-name: somebody}" : "";
  return `
apiVersion: v1
kind: Namespace
metadata: {name: ${id}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${id}${label}}
spec:
  ${lines}${type}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${id}}
spec:
  replicas: ${pods.replicas ?? 1}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [${pods.container ?? echo}]}
`;
}

describe("porthole doctor on a real cluster", { timeout: 110_000, ...needsRoot }, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  const dir = mkdtempSync(join(tmpdir(), "porthole-doctor-"));

  before(async () => {
    host = await makeHostNamespace();
    cluster = await startLocalCluster([], (start) => host.enter(start));
    const file = join(dir, "broken.yaml");
    writeFileSync(file, broken.map(manifestOf).join("---"));
    await host.run("kubectl", "--kubeconfig", cluster.kubeconfig, "apply", "-f", file);
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
    rmSync(dir, { recursive: true });
  });

  /** Exit status 1 says that there are errors. */
  const ask = async (...args: string[]) => {
    const started = host.enter(() =>
      run(porthole, [...args, "--kubeconfig", cluster.kubeconfig, "-o", "json"]),
    );
    const { stdout, code } = await started.then(
      (answer) => ({ ...answer, code: 0 }),
      (error: { stdout: string; code: number }) => error,
    );
    return { found: JSON.parse(stdout) as unknown, code };
  };

  test("says nothing of a healthy Service, and exits with 0", async () => {
    assert.deepEqual(await ask("doctor", "default/demo-service"), { found: [], code: 0 });
  });

  for (const fault of broken) {
    test(`names ${fault.id} first`, async () => {
      let found: readonly Diagnosis[] = [];
      for (let attempt = 0; attempt < mostRetries; attempt++) {
        found = (await ask("doctor", `${fault.id}/web`)).found as readonly Diagnosis[];
        if (found[0]?.id === fault.id) return;
        await delay(retryMs);
      }
      assert.fail(`it names ${JSON.stringify(found)}`);
    });
  }

  test("examines the whole cluster, and exits with 1 where there are errors", async () => {
    const { found, code } = await ask("doctor");
    assert.equal(code, 1);
    const ids = new Set((found as readonly Diagnosis[]).map(({ id }) => id));
    for (const { id } of broken) assert.ok(ids.has(id), `${id} is missing`);
  });

  test("trace and the nodes agree on which endpoints get a NodePort's traffic", async () => {
    const { found, code } = await ask("trace", "127.0.1.1:30080");
    assert.equal(code, 0);
    const { backends } = found as { readonly backends: readonly string[] };
    assert.equal(backends.length, 3);
    const { pod } = await host.ask("http://127.0.1.1:30080");
    const ip = await host.run(
      "kubectl",
      "--kubeconfig",
      cluster.kubeconfig,
      "get",
      "pod",
      pod,
      "-o",
      "jsonpath={.status.podIP}",
    );
    assert.ok(backends.includes(`${ip}:8080`), `${ip} answered, the trace says ${backends.join(", ")}`);
  });
});
