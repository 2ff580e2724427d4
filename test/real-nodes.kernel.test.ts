import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { askCommand, type HostNamespace, makeHostNamespace, namespacesOf } from "./support/host-namespace.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning, processesWithEnvironment, processTree } from "./support/processes.ts";

/** Asked again so often; nothing here asserts how long it takes. */
const retryMs = 50;
const onNodes = ["--dataplane", "nftables"];

/** A Service for both families, one that keeps the client's address, and a pod on each node. */
const services = `
apiVersion: v1
kind: Service
metadata: {name: both}
spec:
  type: NodePort
  ipFamilyPolicy: RequireDualStack
  selector: {app: both}
  ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
---
apiVersion: v1
kind: Service
metadata: {name: local}
spec:
  type: NodePort
  externalTrafficPolicy: Local
  selector: {app: both}
  ports: [{port: 80, targetPort: 8080, nodePort: 30081}]
`;
const podOn = (node: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: both-${node}}
spec:
  selector: {matchLabels: {app: both, on: ${node}}}
  template:
    metadata: {labels: {app: both, on: ${node}}}
    spec:
      nodeSelector: {kubernetes.io/hostname: ${node}}
      containers:
        - name: echo
          image: porthole/echo
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
`;
const manifest = [services, ...["node-1", "node-2", "node-3"].map(podOn)].join("---");

describe("porthole up --dataplane nftables", { timeout: 180_000, ...needsRoot }, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  const dir = mkdtempSync(join(tmpdir(), "porthole-real-nodes-"));
  const file = join(dir, "both.yaml");

  before(async () => {
    writeFileSync(file, manifest);
    host = await makeHostNamespace();
    cluster = await startLocalCluster([...onNodes, "-f", file], (start) => host.enter(start));
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
    rmSync(dir, { recursive: true });
  });

  const kubectl = (...args: string[]) => host.run("kubectl", "--kubeconfig", cluster.kubeconfig, ...args);
  const clusterName = () => namespacesOf(cluster.pid)[0]?.replace(/-(client|node|switch).*/, "") ?? "";
  const askAsClient = async (url: string) =>
    JSON.parse(await host.run(porthole, "client", "--cluster", clusterName(), "--", ...askCommand(url))) as {
      readonly client: string;
      readonly node: string;
    };

  test("answers at each node's addresses of both families, from the host", async () => {
    assert.equal(cluster.urls.length, 6 + 3);
    assert.deepEqual(cluster.urls.slice(0, 4), [
      "http://10.200.0.11:30080",
      "http://[fd70:6f72:68c8::11]:30080",
      "http://10.200.0.12:30080",
      "http://[fd70:6f72:68c8::12]:30080",
    ]);
    for (const node of [1, 2, 3])
      await kubectl("rollout", "status", `deployment/both-node-${node}`, "--timeout=60s");
    // A node hears of an endpoint a moment after the API server.
    for (const url of cluster.urls)
      assert.match((await untilSucceeds(() => host.ask(url))).pod, /^both-/, url);
  });

  test("gives nodes and pods addresses of both families, each pod in a namespace of its own", async () => {
    const node = "jsonpath={.status.addresses[*].address} {.spec.podCIDRs[*]}";
    assert.equal(
      await kubectl("get", "node/node-2", "-o", node),
      "10.200.0.12 fd70:6f72:68c8::12 node-2 10.200.2.0/24 fd70:6f72:68c8:2::/64",
    );
    const addresses = await kubectl("get", "pods", "-o", "jsonpath={.items[*].status.podIPs[*].ip}");
    assert.deepEqual(
      addresses.split(" ").sort(),
      [1, 2, 3].flatMap((n) => [`10.200.${n}.1`, `fd70:6f72:68c8:${n}::1`]).sort(),
    );
    const names = namespacesOf(cluster.pid).map((name) => name.replace(clusterName(), ""));
    assert.deepEqual(
      names.filter((name) => name.includes("-pod-")),
      ["-node-1-pod-1", "-node-2-pod-1", "-node-3-pod-1"],
    );
  });

  test("shows a pod of a Service with externalTrafficPolicy Local the address of the client itself", async () => {
    for (const node of [1, 2, 3]) {
      const v4 = await askAsClient(`http://10.200.0.1${node}:30081`);
      assert.match(v4.client, /^10\.200\.0\.250:/);
      assert.equal(v4.node, `node-${node}`);
    }
  });

  test("gives a Service of type LoadBalancer an address of each family, and a client outside is answered on port 80", async () => {
    const spec = {
      type: "LoadBalancer",
      ipFamilyPolicy: "RequireDualStack",
      selector: { app: "both" },
      ports: [{ port: 80, targetPort: 8080 }],
    };
    const manifest = { apiVersion: "v1", kind: "Service", metadata: { name: "balanced" }, spec };
    const balancedFile = join(dir, "balanced.json");
    writeFileSync(balancedFile, JSON.stringify(manifest));
    await kubectl("apply", "-f", balancedFile);
    const path = "{.status.loadBalancer.ingress[1].ip}";
    await kubectl("wait", "service/balanced", `--for=jsonpath=${path}`, "--timeout=60s");
    assert.equal(
      await kubectl("get", "service/balanced", "-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"),
      "10.200.0.240 fd70:6f72:68c8::240",
    );
    for (const url of ["http://10.200.0.240", "http://[fd70:6f72:68c8::240]"])
      assert.match((await untilSucceeds(() => askAsClient(url))).node, /^node-/);
  });

  test("each node counts what came in by its NodePorts", async () => {
    const counted = async () => {
      const text = await host.run("curl", "--silent", "http://10.200.0.13:10249/metrics");
      const line =
        /^porthole_proxy_frontend_connections_total\{service="default\/both",frontend="NodePort\/IPv4\/TCP\/\*:30080"\} (\d+)$/m;
      return Number(line.exec(text)?.[1] ?? 0);
    };
    const before = await counted();
    for (let asked = 0; asked < 5; asked++) await host.ask("http://10.200.0.13:30080");
    assert.equal(await counted(), before + 5);
  });

  test("each node's proxy has the series that boards of kube-proxy ask for", async () => {
    const text = await host.run("curl", "--silent", "http://10.200.0.11:10249/metrics");
    // Queries of kubernetes-mixin's board "Kubernetes / Proxy", but for the number of goroutines, of which there are none here.
    const asked = [
      "kubeproxy_sync_proxy_rules_duration_seconds_count",
      "kubeproxy_sync_proxy_rules_duration_seconds_bucket",
      "kubeproxy_network_programming_duration_seconds_count",
      "kubeproxy_network_programming_duration_seconds_bucket",
      'rest_client_requests_total{code="200"',
      'rest_client_request_duration_seconds_bucket{host="[^"]+",verb="GET"',
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
    ];
    assert.deepEqual(
      asked.filter((series) => !new RegExp(`^${series}.* \\S+$`, "m").test(text)),
      [],
    );
    assert.match(text, /^kubeproxy_sync_full_proxy_rules_duration_seconds_count\{ip_family="IPv4"\} [1-9]/m);
  });

  test("leads kubectl's logs, exec, port-forward and proxied requests into the pods' namespaces", async () => {
    assert.match(
      await kubectl("logs", "deployment/both-node-1"),
      /answers HTTP, TCP and UDP on 10\.200\.\d\.1:8080/,
    );
    const [pod = ""] = (await kubectl("get", "pods", "-o", "name")).split("\n");
    const address = await kubectl("get", pod, "-o", "jsonpath={.status.podIP}");
    const routes = await kubectl("exec", pod, "--", "cat", "/proc/net/fib_trie");
    assert.ok(routes.includes(`|-- ${address}\n`), routes);
    const proxied = "/api/v1/namespaces/default/services/both/proxy/?format=json";
    assert.match((JSON.parse(await kubectl("get", "--raw", proxied)) as { pod: string }).pod, /^both-/);
    const args = ["--kubeconfig", cluster.kubeconfig, "port-forward", pod, "18080:8080"];
    await using _forward = await forwarding(host, args);
    assert.equal(`pod/${(await host.ask("http://127.0.0.1:18080")).pod}`, pod);
  });

  test("leads pods to Services at their cluster addresses of both families, the API server's among them", async () => {
    const [pod = ""] = (await kubectl("get", "pods", "-o", "name")).split("\n");
    const addresses = await kubectl("get", "service/both", "-o", "jsonpath={.spec.clusterIPs[*]}");
    const [ipv4, ipv6] = addresses.split(" ");
    const from = (url: string) => kubectl("exec", pod, "--", ...askCommand(url));
    assert.match(await from(`http://${ipv4}`), /"pod":"both-/);
    assert.match(await from(`http://[${ipv6}]`), /"pod":"both-/);
    // No certificate of the cluster's authority is at hand in the pod: that it is shown one is what matters.
    await assert.rejects(from("https://10.96.0.1"), /certificate/);
  });

  test("goes on with its pods when a node's agent is killed, and pods reach each other", async () => {
    const before = await kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}");
    process.kill(cluster.components().get("node-1") ?? 0, "SIGKILL");
    await cluster.line(/node-1 .*SIGKILL/);
    // The kernel forwards on by itself: nobody is refused, or kept waiting, while the agent and the proxy start again.
    for (const url of cluster.urls) assert.match((await host.ask(url)).pod, /^both-/, url);
    const [pod = ""] = (
      await kubectl("get", "pods", "-o", "name", "--field-selector", "spec.nodeName=node-1")
    ).split("\n");
    const asked = await untilSucceeds(() =>
      kubectl("exec", pod, "--", ...askCommand("http://[fd70:6f72:68c8:3::1]:8080")),
    );
    assert.match(asked, /"node":"node-3".*"client":"\[fd70:6f72:68c8:1::1\]/);
    assert.equal(await kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}"), before);
    assert.equal(
      await kubectl("get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[*].restartCount}"),
      "0 0 0",
    );
  });

  test("takes a pod's namespace away with the pod", async () => {
    await kubectl("scale", "deployment/both-node-1", "deployment/both-node-2", "--replicas=0");
    await untilSucceeds(async () =>
      assert.equal(namespacesOf(cluster.pid).filter((name) => name.includes("-pod-")).length, 1),
    );
  });

  test("leaves another cluster on the same machine alone, which gets other addresses", async () => {
    const second = await startLocalCluster([...onNodes, "--nodes", "1"], (start) => host.enter(start));
    assert.deepEqual(second.urls, ["http://10.201.0.11:30080"]);
    assert.match((await host.ask(second.urls[0] ?? "")).pod, /^demo-/);
    await second.end("SIGKILL");
    await host.run(porthole, "cleanup");
    assert.deepEqual(namespacesOf(second.pid), []);
    assert.deepEqual(await host.links(), ["porthole200"]);
    assert.match((await host.ask("http://10.200.0.11:30080")).pod, /^both-/);
  });

  test("ends at Ctrl-C and leaves no process, no namespace and no link behind", async () => {
    const components = processTree(cluster.pid);
    const uids = (await kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}")).split(" ");
    const pods = uids.flatMap((uid) => processesWithEnvironment(`PORTHOLE_POD=${uid}/`));
    assert.equal(pods.length, 1);
    assert.equal(await cluster.end("SIGINT"), 0);
    assert.deepEqual([...components, ...pods].filter(isRunning), []);
    assert.deepEqual(namespacesOf(cluster.pid), []);
    assert.deepEqual(await host.links(), []);
  });
});

test("what a killed cluster leaves is removed by porthole cleanup, with what runs in it", {
  timeout: 60_000,
  ...needsRoot,
}, async (t) => {
  const host = await makeHostNamespace();
  t.after(() => host.close());
  const cluster = await startLocalCluster([...onNodes, "--nodes", "1"], (start) => host.enter(start));
  const processes = processTree(cluster.pid);
  // All at once, so that nothing has a chance to tidy up.
  for (const pid of processes) process.kill(pid, "SIGKILL");
  await untilSucceeds(async () => assert.deepEqual(processes.filter(isRunning), []));
  assert.ok(namespacesOf(cluster.pid).length >= 3);
  assert.match(await host.run(porthole, "cleanup"), new RegExp(`Removed porthole-${cluster.pid}\\.`));
  assert.deepEqual(namespacesOf(cluster.pid), []);
  assert.deepEqual(await host.links(), []);
});

test("porthole up --rootless publishes NodePorts and the API on the host's loopback, and changes nothing else there", {
  timeout: 60_000,
  ...needsRoot,
}, async (t) => {
  const host = await makeHostNamespace();
  t.after(() => host.close());
  const cluster = await startLocalCluster(["--rootless", "--nodes", "2"], (start) => host.enter(start));
  t.after(async () => {
    if (isRunning(cluster.pid)) await cluster.end("SIGTERM");
  });
  assert.deepEqual(cluster.urls, ["http://127.0.1.1:30080", "http://127.0.1.2:30080"]);
  for (const url of cluster.urls) assert.match((await host.ask(url)).pod, /^demo-/);
  assert.deepEqual(await host.links(), []);
  const kubectl = (...args: string[]) => host.run("kubectl", "--kubeconfig", cluster.kubeconfig, ...args);
  const patch = JSON.stringify([{ op: "replace", path: "/spec/ports/0/nodePort", value: 30082 }]);
  await kubectl("patch", "service/demo-service", "--type=json", "-p", patch);
  await untilSucceeds(() => host.ask("http://127.0.1.2:30082"));
  await untilSucceeds(() => assert.rejects(host.ask("http://127.0.1.2:30080"), /ECONNREFUSED/));
  const processes = processTree(cluster.pid);
  await cluster.end("SIGKILL");
  await untilSucceeds(async () => assert.deepEqual(processes.filter(isRunning), []));
});

/** `kubectl port-forward`, once it forwards. */
async function forwarding(host: HostNamespace, args: readonly string[]): Promise<AsyncDisposable> {
  const child = host.enter(() => spawn("kubectl", args, { stdio: ["ignore", "pipe", "inherit"] }));
  await once(child.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

test("a Ctrl-C while the network is made leaves nothing behind", {
  timeout: 60_000,
  ...needsRoot,
}, async (t) => {
  const host = await makeHostNamespace();
  t.after(() => host.close());
  const up = host.enter(() => spawn(porthole, ["up", ...onNodes], { stdio: "ignore" }));
  const ended = once(up, "exit");
  const pid = up.pid ?? 0;
  await untilSucceeds(async () => assert.ok(namespacesOf(pid).length > 0));
  up.kill("SIGINT");
  assert.deepEqual(await ended, [0, null]);
  assert.deepEqual(namespacesOf(pid), []);
  assert.deepEqual(await host.links(), []);
});

async function untilSucceeds<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await delay(retryMs);
    }
  }
}
