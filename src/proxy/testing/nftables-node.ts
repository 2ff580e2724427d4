/** Runs in a network namespace of its own: a node with an API server, a pod and a proxy in nftables mode. Exits with 0 if all is as it should be. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { httpGet } from "./http-get.ts";
import { createNode, createService, createSlice, startTestCluster } from "./test-cluster.ts";

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const nodeAddress = "192.0.2.11";
const nodePort = 30080;

const run = (command: string, ...args: readonly string[]) =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
const porthole = (...args: readonly string[]) => run(process.execPath, main, ...args);

run("ip", "link", "set", "lo", "up");
run("ip", "address", "add", `${nodeAddress}/32`, "dev", "lo");
const pod = createServer((socket) => socket.end("pod"));
pod.listen({ host: nodeAddress, port: 8080 });
await once(pod, "listening");
const cluster = await startTestCluster();
try {
  await createNode(cluster.client, "node-1", [nodeAddress]);
  await createService(cluster.client, { name: "web", clusterIP: "10.96.0.80", nodePort });
  const endpoints = [{ addresses: [nodeAddress], nodeName: "node-1" }];
  await createSlice(cluster.client, { service: "web", port: 8080, endpoints });

  const proxy = await startProxy(cluster.kubeconfig);
  assert.equal(await said(nodeAddress), "pod", "through the kernel");
  assert.equal(await said("127.0.0.1"), "pod", "through a socket on localhost");
  assert.equal((await httpGet("http://127.0.0.1:10249/proxyMode")).body, "nftables");
  const { body: metrics } = await httpGet("http://127.0.0.1:10249/metrics");
  assert.match(metrics, /^kubeproxy_sync_proxy_rules_duration_seconds_count\{ip_family="IPv4"\} [1-9]/m);
  assert.match(metrics, /^kubeproxy_sync_proxy_rules_endpoint_changes_pending 0$/m);

  run("nft", "delete", "table", "ip", "porthole");
  while ((await said(nodeAddress)) !== "pod") await new Promise((resolve) => setTimeout(resolve, 20));

  proxy.kill("SIGTERM");
  assert.deepEqual(await once(proxy, "exit"), [0, null]);
  assert.equal(await said(nodeAddress), "pod", "after the proxy has ended");
  assert.equal(await said("127.0.0.1"), "ECONNREFUSED", "sockets end with their process");

  porthole("proxy", "--cleanup");
  assert.equal(await said(nodeAddress), "ECONNREFUSED", "after the clean-up");
  assert.doesNotMatch(run("nft", "list", "tables"), /porthole/);

  leaveWhatKubeProxyLeaves();
  porthole("proxy", "--cleanup-kube-proxy");
  assert.doesNotMatch(run("nft", "list", "tables"), /kube-proxy/);
  const rules = run("iptables-save");
  assert.doesNotMatch(rules, /KUBE-SERVICES/);
  assert.match(rules, /KUBE-FIREWALL/);
  assert.match(rules, /-A OUTPUT -p tcp -j ACCEPT/);
} finally {
  await cluster.close();
  pod.close();
}

function leaveWhatKubeProxyLeaves(): void {
  for (const family of ["ip", "ip6"]) run("nft", "add", "table", family, "kube-proxy");
  for (const rule of [
    "-t nat -N KUBE-SERVICES",
    "-t nat -A PREROUTING -m comment --comment portals -j KUBE-SERVICES",
    "-t filter -N KUBE-FIREWALL",
    "-t filter -A OUTPUT -j KUBE-FIREWALL",
    "-t filter -A OUTPUT -p tcp -j ACCEPT",
  ]) {
    run("iptables", ...rule.split(" "));
  }
}

/** Resolves when it forwards. */
async function startProxy(kubeconfig: string): Promise<ChildProcess> {
  const settings = ["--mode", "nftables", "--nodeport-addresses", "primary,localhost"];
  const options = ["--kubeconfig", kubeconfig, "--node-name", "node-1", ...settings];
  const child = spawn(process.execPath, [main, "proxy", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const reader = createInterface({ input: child.stderr });
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    reader.on("line", (line) => {
      lines.push(line);
      if (line.includes('"Forwarding"')) resolve();
    });
    child.on("exit", () => reject(new Error(`The proxy ended:\n${lines.join("\n")}`)));
  });
  return child;
}

/** What the pod says, or the error's code. */
function said(address: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: address, port: nodePort });
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve(text));
  });
}
