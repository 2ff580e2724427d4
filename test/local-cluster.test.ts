import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { type LocalCluster, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning, processesWithEnvironment, processTree } from "./support/processes.ts";

const run = promisify(execFile);
/** A NodePort is asked again so often while a component is down; nothing here asserts how long it takes. */
const retryMs = 20;

describe("porthole up", { timeout: 120_000 }, () => {
  let cluster: LocalCluster;
  before(async () => {
    cluster = await startLocalCluster(["--api-port", "16443"]);
  });
  after(async () => {
    if (isRunning(cluster.pid)) await cluster.end("SIGTERM");
  });

  const kubectl = async (...args: string[]) =>
    (await run("kubectl", ["--kubeconfig", cluster.kubeconfig, ...args])).stdout;

  test("answers on port 30080 of each of the three nodes and says which pod answered", async () => {
    assert.deepEqual(cluster.urls, [
      "http://127.0.1.1:30080",
      "http://127.0.1.2:30080",
      "http://127.0.1.3:30080",
    ]);
    const pods = (await kubectl("get", "pods", "-o", "name")).trim().split("\n");
    for (const url of cluster.urls) {
      const text = await (await fetch(url)).text();
      assert.ok(
        pods.some((pod) => text.includes(pod.replace("pod/", ""))),
        `${url} answered ${text}, the pods are ${pods.join(", ")}`,
      );
    }
  });

  test("leads a node's NodePort to pods of every node", async () => {
    await kubectl("rollout", "status", "deployment/demo", "--timeout=30s");
    const nodes = new Set<string>();
    const url = cluster.urls[0] ?? "";
    // A backend is chosen at random: that one of three is left out so often happens once in 10^17 times.
    for (let asked = 0; asked < 100 && nodes.size < 3; asked++) {
      const answer = await fetch(url, { headers: { accept: "application/json", connection: "close" } });
      nodes.add(((await answer.json()) as { node: string }).node);
    }
    assert.deepEqual([...nodes].sort(), ["node-1", "node-2", "node-3"]);
  });

  test("shows kubectl its services, pods, nodes and endpoint slices", async () => {
    const text = await kubectl("get", "svc,pods,nodes,endpointslices", "-o", "wide");
    for (const part of [
      "service/demo-service",
      "80:30080/TCP",
      "pod/demo-",
      "node/node-3",
      "Ready",
      "endpointslice.discovery.k8s.io/demo-service-",
    ]) {
      assert.ok(text.includes(part), `${part} is missing in\n${text}`);
    }
  });

  test("gives a Service of type LoadBalancer an address, which answers while a node is dead", async () => {
    const flags = ["--type=LoadBalancer", "--name=balanced", "--port=18080", "--target-port=8080"];
    await kubectl("expose", "deployment", "demo", ...flags);
    await kubectl(
      "wait",
      "service/balanced",
      "--for=jsonpath={.status.loadBalancer.ingress[0].ip}",
      "--timeout=30s",
    );
    assert.match(await kubectl("get", "service", "balanced"), / 127\.0\.3\.1 /);
    const ask = async () =>
      (await fetch("http://127.0.3.1:18080", { headers: { connection: "close" } })).status;
    while ((await ask().catch(() => 0)) !== 200) await delay(retryMs);
    process.kill(cluster.components().get("node-3") ?? 0, "SIGKILL");
    await cluster.line(/node-3 ended/);
    for (let asked = 0; asked < 30; asked++) assert.equal(await ask(), 200);
    await kubectl("delete", "service", "balanced");
    // The agent that takes the dead one's place finds its pods a moment later.
    const logsOf = (pod: string) => kubectl("logs", pod).catch(() => "");
    for (const pod of (await kubectl("get", "pods", "-o", "name")).trim().split("\n"))
      while ((await logsOf(pod)) === "") await delay(retryMs);
  });

  test("leads kubectl's logs, exec and proxied requests to the pods", async () => {
    assert.match(
      await kubectl("logs", "deployment/demo"),
      /porthole\/echo answers HTTP, TCP and UDP on 127\.0\.2\./,
    );
    const [pod = ""] = (await kubectl("get", "pods", "-o", "name")).split("\n");
    assert.equal(
      await kubectl("exec", pod, "--", "sh", "-c", "echo in $POD_NAME"),
      `in ${pod.replace("pod/", "")}\n`,
    );
    const proxied = "/api/v1/namespaces/default/services/demo-service/proxy/?format=json";
    assert.match((JSON.parse(await kubectl("get", "--raw", proxied)) as { pod: string }).pod, /^demo-/);
  });

  test("follows kubectl scale, apply and delete", async () => {
    await kubectl("scale", "deployment/demo", "--replicas=5");
    await kubectl("rollout", "status", "deployment/demo", "--timeout=30s");
    assert.equal((await kubectl("get", "pods", "-o", "name")).trim().split("\n").length, 5);
    await kubectl("create", "deployment", "second", "--image=porthole/echo", "--port=8080");
    await kubectl("expose", "deployment/second", "--type=NodePort", "--port=80", "--target-port=8080");
    await kubectl("rollout", "status", "deployment/second", "--timeout=30s");
    const nodePort = Number(
      await kubectl("get", "service/second", "-o", "jsonpath={.spec.ports[0].nodePort}"),
    );
    assert.match(await untilAnswered(`http://127.0.1.2:${nodePort}`), /second-/);
    await kubectl("delete", "service/second", "deployment/second");
    await kubectl("wait", "--for=delete", "pod", "-l", "app=second", "--timeout=60s");
    await untilRefused("127.0.1.2", nodePort);
  });

  test("serves a dashboard at the address that it prints, to who has the token alone", async () => {
    const printed = await cluster.line(/dashboard http/);
    const url = new URL(/http\S+/.exec(printed)?.[0] ?? "");
    const changes = new URL("/api/changes", url);
    assert.equal((await fetch(changes)).status, 401);
    const authorization = `Bearer ${url.hash.replace("#token=", "")}`;
    const response = await fetch(changes, { headers: { authorization } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!/"complete":true.*"name":"node-3".*\n/.test(text)) text += (await reader?.read())?.value ?? "";
    assert.match(text, /"key":"default\/demo-service"/);
    // Rates are told every other second, and are there once somebody has connected between two readings.
    while (!/"rates":\[.*"node-1\|default\/demo-service\|",\d/.test(text)) {
      await (await fetch(cluster.urls[0] ?? "", { headers: { connection: "close" } })).text();
      text += (await reader?.read())?.value ?? "";
    }
    await reader?.cancel();
  });

  test("brings back every component that is killed, and what was acknowledged is still there", async () => {
    const names = [...cluster.components().keys()];
    assert.deepEqual(names.sort(), ["apiserver", "controllers", "node-1", "node-2", "node-3"]);
    for (const name of names) {
      await kubectl("create", "configmap", `before-${name}`, `--from-literal=component=${name}`);
      const pid = cluster.components().get(name) ?? 0;
      process.kill(pid, "SIGKILL");
      await cluster.line(new RegExp(`${name} .*SIGKILL`));
      for (const url of cluster.urls) assert.match(await untilAnswered(url), /demo-/);
      await untilSucceeds(() => kubectl("get", "configmap", `before-${name}`));
    }
    const kept = await kubectl("get", "configmaps", "-o", "name");
    for (const name of names)
      assert.ok(kept.includes(`configmap/before-${name}`), `configmap before-${name} is lost`);
    await kubectl("rollout", "status", "deployment/demo", "--timeout=30s");
  });

  test("ends at Ctrl-C and leaves no process, no listener and no file behind", async () => {
    const components = processTree(cluster.pid);
    const uids = (await kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}")).split(" ");
    const pods = uids.flatMap((uid) => processesWithEnvironment(`PORTHOLE_POD=${uid}/`));
    assert.ok(components.length > 5, `only ${components.length} processes run`);
    assert.equal(pods.length, 5);
    assert.equal(await cluster.end("SIGINT"), 0);
    assert.deepEqual([...components, ...pods].filter(isRunning), []);
    assert.equal(existsSync(cluster.dataDir), false);
    for (const url of cluster.urls) await untilRefused(new URL(url).hostname, 30_080);
  });
});

test("porthole up that is killed leaves no process, and the next one removes its files", {
  timeout: 60_000,
}, async (t) => {
  const killed = await startLocalCluster(["--nodes", "1"]);
  // The pods are children of their agent still.
  const processes = processTree(killed.pid);
  await killed.end("SIGKILL");
  for (const pid of processes) await untilSucceeds(async () => assert.equal(isRunning(pid), false));
  assert.ok(existsSync(killed.dataDir));
  const next = await startLocalCluster(["--nodes", "1"]);
  t.after(() => next.end("SIGTERM"));
  assert.equal(existsSync(killed.dataDir), false);
});

test("porthole up keeps what was created when it is given a data directory", {
  timeout: 60_000,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "porthole-kept-"));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const args = ["--nodes", "1", "--data-dir", dataDir];
  const first = await startLocalCluster(args);
  const kubeconfig = ["--kubeconfig", first.kubeconfig];
  await run("kubectl", [...kubeconfig, "create", "configmap", "kept", "--from-literal=a=b"]);
  const { stdout: clusterIP } = await run("kubectl", [
    ...kubeconfig,
    "get",
    "svc/demo-service",
    "-o",
    "jsonpath={.spec.clusterIP}",
  ]);
  assert.equal(await first.end("SIGINT"), 0);

  const second = await startLocalCluster(args);
  t.after(() => second.end("SIGTERM"));
  assert.match(
    (await run("kubectl", [...kubeconfig, "get", "configmap/kept", "-o", "jsonpath={.data.a}"])).stdout,
    /^b$/,
  );
  const again = await run("kubectl", [
    ...kubeconfig,
    "get",
    "svc/demo-service",
    "-o",
    "jsonpath={.spec.clusterIP}",
  ]);
  assert.equal(again.stdout, clusterIP);
});

async function untilAnswered(url: string): Promise<string> {
  return untilSucceeds(async () => (await fetch(url, { headers: { connection: "close" } })).text());
}

async function untilSucceeds<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await delay(retryMs);
    }
  }
}

async function untilRefused(host: string, port: number): Promise<void> {
  for (;;) {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect({ host, port });
      socket.on("connect", () => {
        socket.destroy();
        resolve(false);
      });
      socket.on("error", () => resolve(true));
    });
    if (refused) return;
    await delay(retryMs);
  }
}
