/**
 * Runs an API server and `porthole proxy --mode nftables` in the network namespace that this program is started in, makes CHANGES random
 * changes from SEED and kills the proxy in between. Arguments: CHANGES SEED KILLS NODE-ADDRESS POD-ADDRESS NODE-PORT. Prints `ready`
 * once a Service that it will not touch is forwarded, and `settled` once the kernel holds exactly what the API says. Ends when its
 * standard input does.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createApiDirectory, startApiProcess } from "./api-process.ts";
import { createRandom } from "./fuzz-objects.ts";
import { readKernelRows } from "./kernel-rows.ts";
import { porthole } from "./local-cluster.ts";
import { createRandomServices } from "./random-services.ts";

const [changes = 0, seed = 0, kills = 0] = process.argv.slice(2, 5).map(Number);
const [nodeAddress = "", podAddress = "", nodePort = ""] = process.argv.slice(5);
const settleMs = 60_000;
const pollMs = 50;

const directory = await createApiDirectory();
const kubeconfig = join(directory.path, "kubeconfig");
const server = await startApiProcess([...directory.args(), "--kubeconfig-out", kubeconfig]);
const backend = createServer((socket) => {
  socket.on("error", () => {});
  socket.end("here");
}).listen(0);
await once(backend, "listening");
const { port: backendPort } = backend.address() as { port: number };
const random = createRandom(seed);
const services = createRandomServices(server, random);
const untouched = await createUntouched();
let proxy = startProxy();
try {
  await Promise.race([once(process.stdin.resume(), "end"), work()]);
} finally {
  proxy.kill("SIGKILL");
  await server.kill();
  await directory[Symbol.asyncDispose]();
}
process.exit(0);

async function work(): Promise<never> {
  await settled();
  console.log("ready");
  const every = Math.max(1, Math.floor(changes / (kills + 1)));
  for (let change = 1; change <= changes; change++) {
    await services.change();
    if (change % every === 0 && change < changes) await killProxy();
  }
  await settled();
  console.log("settled");
  return new Promise<never>(() => {});
}

function startProxy(): ChildProcess {
  const place = ["--kubeconfig", kubeconfig, "--node-name", "node-1", "--mode", "nftables"];
  const quiet = ["--healthz-bind-address", "", "--metrics-bind-address", "", "--log-level", "warn"];
  return spawn(porthole, ["proxy", ...place, ...quiet], { stdio: ["ignore", "ignore", "inherit"] });
}

/** At any moment: while it starts, reads, writes or rests. */
async function killProxy(): Promise<void> {
  await delay(random.below(300));
  const exited = once(proxy, "exit");
  proxy.kill("SIGKILL");
  await exited;
  proxy = startProxy();
}

/** Resolves with the rows of the Service that nobody changes. */
async function createUntouched(): Promise<readonly (readonly [string, readonly string[]])[]> {
  await server.call("POST", "/api/v1/nodes", { metadata: { name: "node-1" } });
  await server.call("PUT", "/api/v1/nodes/node-1/status", {
    metadata: { name: "node-1" },
    status: { addresses: [{ type: "InternalIP", address: nodeAddress }] },
  });
  const { body } = await server.call("POST", "/api/v1/namespaces/default/services", {
    metadata: { name: "untouched" },
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: Number(nodePort) }] },
  });
  await server.call("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
    metadata: { name: "untouched", labels: { "kubernetes.io/service-name": "untouched" } },
    addressType: "IPv4",
    ports: [{ name: "", port: backendPort, protocol: "TCP" }],
    endpoints: [{ addresses: [podAddress], conditions: { ready: true } }],
  });
  const backends = [`${podAddress} . ${backendPort}`];
  return [
    [`${body.spec.clusterIP} . tcp . 80`, backends],
    [`tcp . ${nodePort}`, backends],
    ["10.96.0.1 . tcp . 443", [`127.0.0.1 . ${new URL(server.url).port}`]],
  ];
}

/** Resolves when the kernel holds what the API says; rejects with the difference if it does not come to that. */
async function settled(): Promise<void> {
  const expected = [...untouched, ...services.expected()].toSorted();
  for (const deadline = Date.now() + settleMs; ; ) {
    try {
      const { places, strays } = readKernelRows();
      assert.deepEqual([...places].toSorted(), expected);
      assert.deepEqual(strays, []);
      return;
    } catch (error) {
      if (Date.now() > deadline || proxy.exitCode !== null) throw error;
    }
    await delay(pollMs);
  }
}
