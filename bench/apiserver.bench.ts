/** `porthole apiserver` with 10,000 Services and EndpointSlices: creating, listing, watching, memory, start-up. */
import { setTimeout as delay } from "node:timers/promises";
import { type ApiDirectory, createApiDirectory, startApiProcess } from "../test/support/api-process.ts";
import { openConnections, openWatcher, sendAll, type Target, type Watcher } from "./apiserver/http-load.ts";
import { namespace, servicesPath, serviceText, slicesPath, sliceText } from "./apiserver/objects.ts";
import type { Bench } from "./frame/bench.ts";
import { treeMemory } from "./frame/memory.ts";
import { formatNumber, median } from "./frame/numbers.ts";

const objects = 10_000;
const connections = 20;
const watchers = 20;
const lists = 7;
const starts = 7;
const settleMs = 5_000;

export const bench: Bench = {
  name: "apiserver",
  title: "The API server with 10,000 Services and 10,000 EndpointSlices",
  missing: () => (process.platform === "linux" ? undefined : "it reads /proc, so it needs Linux"),
  async run(say) {
    const directory = await createApiDirectory();
    try {
      const freshMs: number[] = [];
      for (let round = 0; round < starts; round++) {
        const server = await startServer(directory, `fresh-${round}`);
        freshMs.push(server.startedMs);
        await server.kill("SIGTERM");
      }
      say(`starts on an empty directory: ${freshMs.map(milliseconds).join(", ")}`);
      const rows = await measureLoad(directory, say);
      const againMs: number[] = [];
      for (let round = 0; round < starts; round++) {
        const server = await startServer(directory, "loaded");
        againMs.push(server.startedMs);
        await server.kill("SIGTERM");
      }
      return {
        tables: [
          { title: "Work", columns: ["", "measured", "bar"], rows: rows.work },
          {
            title: "Start-up and memory",
            columns: ["", "measured"],
            rows: [
              ["from the command to serving, empty directory", milliseconds(median(freshMs))],
              ["the same, 20,000 objects", milliseconds(median(againMs))],
              ...rows.memory,
            ],
          },
        ],
        notes: [
          `${connections} connections create over HTTPS, each write synced to disk before it is acknowledged; client and server share the machine.`,
          "kube-apiserver v1.36 with etcd took 57 s for 5,000 of each on 2 shared cores: recorded earlier on another machine, so it says the order of magnitude alone.",
          `A list is read whole by one client, median of ${lists}; a watch begins with everything that exists, and ends when ${watchers} clients in one process have read every event.`,
        ],
      };
    } finally {
      await directory[Symbol.asyncDispose]();
    }
  },
};

async function measureLoad(directory: ApiDirectory, say: (line: string) => void) {
  const server = await startServer(directory, "loaded");
  const client = openConnections(server.target, connections);
  try {
    await delay(settleMs);
    const before = treeMemory([server.pid]);
    await client.call("POST", "/api/v1/namespaces", JSON.stringify({ metadata: { name: namespace } }));
    const services = await createLive(server.target, servicesPath, (index) =>
      client.call("POST", servicesPath, serviceText(index)),
    );
    say(`services: ${milliseconds(services.createdMs)}, watchers ${milliseconds(services.behindMs)} behind`);
    const slices = await createLive(server.target, slicesPath, (index) =>
      client.call("POST", slicesPath, sliceText(index)),
    );
    say(`slices: ${milliseconds(slices.createdMs)}, watchers ${milliseconds(slices.behindMs)} behind`);
    const listServices = await medianOf(lists, () => client.call("GET", servicesPath));
    const listSlices = await medianOf(lists, () => client.call("GET", slicesPath));
    const watchSlices = await watchAll(server.target, slicesPath);
    const watchServices = await watchAll(server.target, servicesPath);
    const loaded = treeMemory([server.pid]);
    await delay(settleMs);
    const rested = treeMemory([server.pid]);
    return {
      work: [
        ["create 10,000 Services, 20 watchers following", seconds(services.createdMs), ""],
        ["create 10,000 EndpointSlices, 20 watchers following", seconds(slices.createdMs), ""],
        ["both", seconds(services.createdMs + slices.createdMs), "30 s"],
        [
          "last Service: from its acknowledgement to the last watcher",
          milliseconds(services.behindMs),
          "2 s",
        ],
        ["last EndpointSlice: the same", milliseconds(slices.behindMs), "2 s"],
        ["list of all Services", milliseconds(listServices), "500 ms"],
        ["list of all EndpointSlices", milliseconds(listSlices), "500 ms"],
        ["all Services delivered to 20 new watchers", seconds(watchServices), "2 s"],
        ["all EndpointSlices delivered to 20 new watchers", seconds(watchSlices), "2 s"],
      ],
      memory: [
        ["PSS before", mebibytes(before.pssBytes)],
        ["PSS right after the watches", mebibytes(loaded.pssBytes)],
        ["PSS at rest with 20,000 objects", mebibytes(rested.pssBytes)],
      ],
    };
  } finally {
    client.close();
    await server.kill("SIGTERM");
  }
}

/** Creates the objects while watchers follow; `behindMs` is what the slowest of them needed after the last acknowledgement. */
async function createLive(
  target: Target,
  path: string,
  create: (index: number) => Promise<unknown>,
): Promise<{ readonly createdMs: number; readonly behindMs: number }> {
  const following = await openWatchers(target, path);
  const createdMs = await sendAll(objects, connections, create);
  const acknowledged = performance.now();
  await reachAll(following);
  return { createdMs, behindMs: performance.now() - acknowledged };
}

/** Milliseconds until new watchers have been told of all that exists. */
async function watchAll(target: Target, path: string): Promise<number> {
  const start = performance.now();
  await reachAll(await openWatchers(target, path));
  return performance.now() - start;
}

function openWatchers(target: Target, path: string): Promise<readonly Watcher[]> {
  return Promise.all(
    Array.from({ length: watchers }, () => openWatcher(target, `${path}?watch=1&resourceVersion=0`)),
  );
}

async function reachAll(following: readonly Watcher[]): Promise<void> {
  await Promise.all(following.map((watcher) => watcher.reaches(objects)));
  for (const watcher of following) watcher.close();
}

async function medianOf(rounds: number, run: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await run();
    taken.push(performance.now() - start);
  }
  return median(taken);
}

async function startServer(directory: ApiDirectory, name: string) {
  const start = performance.now();
  const server = await startApiProcess(directory.args(name));
  const { url, token, pid, kill } = server;
  return { pid, kill, startedMs: performance.now() - start, target: { url, token } };
}

function seconds(ms: number): string {
  return `${formatNumber(ms / 1000, 1)} s`;
}

function milliseconds(ms: number): string {
  return `${formatNumber(ms)} ms`;
}

function mebibytes(bytes: number): string {
  return `${formatNumber(bytes / 2 ** 20)} MiB`;
}
