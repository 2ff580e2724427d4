/**
 * Measures `porthole proxy --mode nftables` in the network namespace of this process; real packets come from the namespace CLIENT.
 * Arguments: CLIENT NODE-ADDRESS POD-ADDRESS SERVICES ENDPOINTS CHANGES. Prints a `SyncFigures` as JSON.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openNetworkNamespace } from "../../src/kernel/index.ts";
import { residentBytes } from "../frame/processes.ts";
import {
  fill,
  openKernelNode,
  serviceObject,
  servicesPath,
  sliceObject,
  slicesPath,
} from "../lab/kernel-node.ts";

export interface SyncFigures {
  readonly createSeconds: number;
  /** From the proxy's start to an answer of the last NodePort that is watched. */
  readonly fullSyncMs: number;
  readonly fullSyncCpuMs: number;
  /** From the acknowledgement of a changed EndpointSlice to a connection that reaches the new endpoint. */
  readonly changeMs: readonly number[];
  readonly cpuMsPerChange: number;
  readonly residentBytes: number;
}

const [clientName = "", nodeAddress = "", podAddress = ""] = process.argv.slice(2, 5);
const [services = 0, endpoints = 0, changes = 0] = process.argv.slice(5).map(Number);
const watchedServices = 20;
const firstWatchedPort = 20_000;
/** The rest of the default range is left for the Services that are watched. */
const mostNodePorts = 2000;
const gapMs = 200;
const settleMs = 3000;

const client = await openNetworkNamespace(clientName);
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const answering = spawn(process.execPath, [
  ...[script("./answer-ports.ts"), String(firstWatchedPort), String(2 * watchedServices)],
]);
const probing = client.run(() =>
  spawn(process.execPath, [script("./probe-ports.ts")], { stdio: ["pipe", "pipe", "inherit"] }),
);
const probe = createProber(probing);

await using node = await openKernelNode(nodeAddress);
// Whoever started this is gone, or has had enough.
process.stdin.resume().once("end", async () => {
  await node[Symbol.asyncDispose]();
  process.exit(1);
});
(process.stdin as unknown as { unref(): void }).unref();
const createSeconds = await fill(node, services - watchedServices, endpoints, mostNodePorts);
const watched = await Promise.all(
  Array.from({ length: watchedServices }, async (_, index) => {
    const name = `watched-${index}`;
    const { spec } = await node.write("POST", servicesPath, serviceObject(name, "NodePort"));
    const port = firstWatchedPort + 2 * index;
    await node.write("POST", slicesPath, sliceObject(name, port, [podAddress]));
    return { name, nodePort: spec.ports[0].nodePort as number, port };
  }),
);

const start = nowUs();
const proxy = node.startProxy();
const answered = await Promise.all(watched.map(({ nodePort, port }) => probe(nodePort, port)));
const fullSyncMs = (Math.max(...answered) - start) / 1000;
const fullSyncCpuMs = cpuMs(proxy);
await delay(settleMs);
const before = cpuMs(proxy);
const changeMs: number[] = [];
for (let change = 0; change < changes; change++) {
  const { name, nodePort, port } = watched[change % watchedServices] ?? { name: "", nodePort: 0, port: 0 };
  const next = port + (1 - (Math.floor(change / watchedServices) % 2));
  await delay(gapMs);
  const seen = probe(nodePort, next);
  await node.write("PUT", `${slicesPath}/${name}`, sliceObject(name, next, [podAddress]));
  const acknowledged = nowUs();
  // The new endpoint may answer before the acknowledgement has come back.
  changeMs.push(Math.max(0, (await seen) - acknowledged) / 1000);
}
await delay(gapMs);
const figures: SyncFigures = {
  createSeconds,
  fullSyncMs,
  fullSyncCpuMs,
  changeMs,
  cpuMsPerChange: (cpuMs(proxy) - before) / changes,
  residentBytes: residentBytes(proxy.pid ?? 0),
};
answering.stdin.end();
probing.stdin?.end();
client[Symbol.dispose]();
console.log(JSON.stringify(figures));

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Resolves with the time of the first answer by that endpoint. */
function createProber(child: ChildProcess): (nodePort: number, want: number) => Promise<number> {
  const waiting = new Map<number, (at: number) => void>();
  let lastId = 0;
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    const { id, at } = JSON.parse(line) as { id: number; at: number };
    waiting.get(id)?.(at);
    waiting.delete(id);
  });
  return (port, want) =>
    new Promise((resolve) => {
      const id = ++lastId;
      waiting.set(id, resolve);
      child.stdin?.write(`${JSON.stringify({ id, host: nodeAddress, port, want: String(want) })}\n`);
    });
}

/** Processor time of all its threads; /proc/PID/stat would count in steps of 10 ms. */
function cpuMs({ pid = 0 }: ChildProcess): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ofThread = (thread: string) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return threads.reduce((sum, thread) => sum + ofThread(thread), 0) / 1e6;
}
