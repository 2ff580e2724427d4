/** `porthole apiserver` with 10,000 Services and EndpointSlices: creating, listing, watching, memory, start-up. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { porthole } from "../test/support/local-cluster.ts";
import { openConnections, openWatcher, sendAll, type Target } from "./apiserver/http-load.ts";
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
const token = "bench";

export const bench: Bench = {
  name: "apiserver",
  title: "The API server with 10,000 Services and 10,000 EndpointSlices",
  missing: () => (process.platform === "linux" ? undefined : "it reads /proc, so it needs Linux"),
  async run(say) {
    const directory = mkdtempSync(join(tmpdir(), "porthole-bench-"));
    try {
      const freshMs: number[] = [];
      for (let round = 0; round < starts; round++) {
        const server = await startServer(directory, `fresh-${round}`);
        freshMs.push(server.startedMs);
        await server.end();
      }
      say(`starts on an empty directory: ${freshMs.map(milliseconds).join(", ")}`);
      const rows = await measureLoad(directory, say);
      const againMs: number[] = [];
      for (let round = 0; round < starts; round++) {
        const server = await startServer(directory, "loaded");
        againMs.push(server.startedMs);
        await server.end();
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
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function measureLoad(directory: string, say: (line: string) => void) {
  const server = await startServer(directory, "loaded");
  const client = openConnections(server.target, connections);
  try {
    await delay(settleMs);
    const before = treeMemory([server.pid]);
    await client.call("POST", "/api/v1/namespaces", JSON.stringify({ metadata: { name: namespace } }));
    const servicesMs = await sendAll(objects, connections, (index) =>
      client.call("POST", servicesPath, serviceText(index)),
    );
    say(`services: ${milliseconds(servicesMs)}`);
    const slicesMs = await sendAll(objects, connections, (index) =>
      client.call("POST", slicesPath, sliceText(index)),
    );
    say(`slices: ${milliseconds(slicesMs)}`);
    const listServices = await medianOf(lists, () => client.call("GET", servicesPath));
    const listSlices = await medianOf(lists, () => client.call("GET", slicesPath));
    const watchSlices = await watchAll(server.target, slicesPath);
    const watchServices = await watchAll(server.target, servicesPath);
    const loaded = treeMemory([server.pid]);
    await delay(settleMs);
    const rested = treeMemory([server.pid]);
    return {
      work: [
        ["create 10,000 Services", seconds(servicesMs), ""],
        ["create 10,000 EndpointSlices", seconds(slicesMs), ""],
        ["both", seconds(servicesMs + slicesMs), "30 s"],
        ["list of all Services", milliseconds(listServices), "500 ms"],
        ["list of all EndpointSlices", milliseconds(listSlices), "500 ms"],
        ["all Services delivered to 20 watchers", seconds(watchServices), "2 s"],
        ["all EndpointSlices delivered to 20 watchers", seconds(watchSlices), "2 s"],
      ],
      memory: [
        ["PSS before", mebibytes(before.pssBytes)],
        ["PSS right after the watches", mebibytes(loaded.pssBytes)],
        ["PSS at rest with 20,000 objects", mebibytes(rested.pssBytes)],
      ],
    };
  } finally {
    client.close();
    await server.end();
  }
}

async function watchAll(target: Target, path: string): Promise<number> {
  const start = performance.now();
  await Promise.all(
    Array.from({ length: watchers }, async () => {
      const watcher = await openWatcher(target, `${path}?watch=1&resourceVersion=0`);
      await watcher.reaches(objects);
      watcher.close();
    }),
  );
  return performance.now() - start;
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

async function startServer(directory: string, name: string) {
  const tokens = join(directory, "tokens.csv");
  writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`);
  const args = ["apiserver", "--listen", "127.0.0.1:0", "--token-file", tokens];
  const start = performance.now();
  const child = spawn(porthole, [...args, "--data-dir", join(directory, name)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr })
      .on("line", (line) => {
        const match = /https:\/\/[^"]+/.exec(line);
        if (match) resolve(match[0]);
      })
      .on("close", () => reject(new Error("The API server ended before it served")));
  });
  return {
    pid: child.pid ?? -1,
    startedMs: performance.now() - start,
    target: { url, token },
    async end() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
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
