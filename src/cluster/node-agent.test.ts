import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Container, Pod, PodSpec } from "../api/pod.ts";
import { type RunningApiServer, startApiServer } from "../apiserver/index.ts";
import { type ApiClient, createApiClient, events, loadKubeconfig, nodes, pods } from "../client/index.ts";
import { listMarkedProcesses } from "../kernel/index.ts";
import { silentLogger } from "../lib/log.ts";
import { podVariable } from "./previous-pods.ts";

const node = "agent-test";
const entry = fileURLToPath(new URL("./testing/start-agent.ts", import.meta.url));
let dir: string;
let api: RunningApiServer;
let client: ApiClient;
let agent: ChildProcess;

function startAgent(): ChildProcess {
  const args = [entry, join(dir, "kubeconfig"), join(dir, "agent"), node, "127.4.20.1", "127.4.21.0/26"];
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], { stdio: "inherit" });
}

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "porthole-agent-test-"));
  const kubeconfigOut = join(dir, "kubeconfig");
  api = await startApiServer({ listen: "127.0.0.1:0", dataDir: dir, kubeconfigOut, log: silentLogger });
  client = createApiClient(await loadKubeconfig({ path: kubeconfigOut }), {
    userAgent: "agent-test",
    log: silentLogger,
  });
  agent = startAgent();
  await until(() => client.get(nodes, { name: node }), Boolean);
});

after(async () => {
  agent.kill("SIGTERM");
  await once(agent, "exit");
  await client.close();
  await api.close();
  await rm(dir, { recursive: true });
});

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await delay(20);
  }
}

function podWhen(name: string, holds: (pod: Pod) => boolean): Promise<Pod> {
  const read = () => client.get(pods, { name, namespace: "default" });
  return until(read, (pod) => pod !== undefined && holds(pod)) as Promise<Pod>;
}

function createPod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Promise<Pod> {
  const containers = [{ name: "main", image: "any", ...container }];
  return client.create(pods, {
    metadata: { name, namespace: "default" },
    spec: { nodeName: node, containers, terminationGracePeriodSeconds: 1, ...spec },
  });
}

const isReady = ({ status }: Pod) =>
  status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
const stateOf = ({ status }: Pod) => status.containerStatuses?.[0];

async function processesOf({ metadata }: Pod): Promise<readonly number[]> {
  const marked = await listMarkedProcesses(podVariable);
  return marked.filter(({ value }) => value.startsWith(metadata.uid)).map(({ pid }) => pid);
}

async function deleted(pod: Pod): Promise<void> {
  const { name } = pod.metadata;
  await client.delete(pods, { name, namespace: "default" });
  await until(
    () => client.get(pods, { name, namespace: "default" }),
    (found) => found === undefined,
  );
  await until(
    () => processesOf(pod),
    (pids) => pids.length === 0,
  );
}

test("an echo pod becomes Ready, and its deletion leaves no process", async () => {
  await createPod("echo", { image: "porthole/echo" });
  const pod = await podWhen("echo", isReady);
  assert.equal(stateOf(pod)?.restartCount, 0);
  assert.equal((await processesOf(pod)).length, 1);
  await deleted(pod);
});

test("a container that ends again and again is in a crash loop, with its last end beside it", async () => {
  await createPod("crash", { command: ["sh", "-c", "exit 3"] });
  const pod = await podWhen(
    "crash",
    (found) => stateOf(found)?.state?.waiting?.reason === "CrashLoopBackOff",
  );
  assert.equal(stateOf(pod)?.lastState?.terminated?.exitCode, 3);
  assert.ok((stateOf(pod)?.restartCount ?? 0) >= 1);
  await deleted(pod);
});

test("a program that is not there says so as a kubelet does", async () => {
  await createPod("missing", { command: ["/no/such/program"] }, { restartPolicy: "Never" });
  const pod = await podWhen("missing", ({ status }) => status.phase === "Failed");
  const terminated = stateOf(pod)?.state?.terminated;
  assert.equal(terminated?.reason, "StartError");
  assert.equal(terminated?.exitCode, 128);
  assert.match(terminated?.message ?? "", /stat \/no\/such\/program: no such file or directory/);
  await deleted(pod);
});

test("an image that is not built in is not pulled", async () => {
  await createPod("image", { image: "nginx" });
  const pod = await podWhen("image", (found) => stateOf(found)?.state?.waiting !== undefined);
  assert.match(stateOf(pod)?.state?.waiting?.reason ?? "", /ErrImagePull|ImagePullBackOff/);
  await deleted(pod);
});

test("a failing liveness probe restarts the container, and an Event says why", async () => {
  await createPod("sick", {
    command: ["sleep", "60"],
    livenessProbe: { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 },
  });
  const pod = await podWhen("sick", (found) => (stateOf(found)?.restartCount ?? 0) > 0);
  await until(
    () => client.list(events, { namespace: "default" }),
    ({ items }) =>
      items.some(
        ({ involvedObject, reason, message }) =>
          involvedObject.uid === pod.metadata.uid &&
          reason === "Killing" &&
          message === "Container main failed liveness probe, will be restarted",
      ),
  );
  await deleted(pod);
});

test("a process that ignores SIGTERM is killed after the grace period, with what it started in a session of its own", async () => {
  await createPod("stubborn", {
    command: ["sh", "-c", "trap '' TERM; setsid sleep 60 & while :; do sleep 1; done"],
  });
  const pod = await podWhen("stubborn", isReady);
  await until(
    () => processesOf(pod),
    (pids) => pids.length >= 2,
  );
  await deleted(pod);
});

test("an agent that was killed goes on with its pods, and ends those that were deleted meanwhile", async () => {
  await createPod("kept", { command: ["sleep", "60"] });
  await createPod("gone", { command: ["sleep", "60"] });
  const kept = await podWhen("kept", isReady);
  const gone = await podWhen("gone", isReady);
  const pids = await processesOf(kept);
  agent.kill("SIGKILL");
  await once(agent, "exit");
  await client.delete(pods, { name: "gone", namespace: "default" }, { gracePeriodSeconds: 0 });
  agent = startAgent();
  await until(
    () => processesOf(gone),
    (found) => found.length === 0,
  );
  assert.deepEqual(await processesOf(kept), pids);
  const pod = await podWhen("kept", isReady);
  assert.equal(stateOf(pod)?.restartCount, 0);
  assert.equal(pod.status.podIP, kept.status.podIP);
  await deleted(pod);
});

test("a container that ended while no agent ran is started again, and its end is told as unknown", async () => {
  await createPod("unseen", { command: ["sleep", "60"] });
  const before_ = await podWhen("unseen", isReady);
  const [pid = 0] = await processesOf(before_);
  agent.kill("SIGKILL");
  await once(agent, "exit");
  process.kill(pid, "SIGKILL");
  agent = startAgent();
  const pod = await podWhen("unseen", (found) => isReady(found) && stateOf(found)?.restartCount === 1);
  const terminated = stateOf(pod)?.lastState?.terminated;
  assert.equal(terminated?.reason, "ContainerStatusUnknown");
  assert.equal(terminated?.exitCode, 137);
  await deleted(pod);
});

test("a container that an agent has taken over is watched, and its end is seen", async () => {
  await createPod("adopted", { image: "porthole/echo", ports: [{ containerPort: 8080 }] });
  await podWhen("adopted", isReady);
  agent.kill("SIGKILL");
  await once(agent, "exit");
  agent = startAgent();
  const [pid = 0] = await processesOf(await podWhen("adopted", isReady));
  await until(
    () => client.get(nodes, { name: node }),
    (found) => found !== undefined,
  );
  process.kill(pid, "SIGKILL");
  const pod = await podWhen("adopted", (found) => isReady(found) && stateOf(found)?.restartCount === 1);
  await deleted(pod);
});
