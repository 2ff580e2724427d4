/** From `porthole up` to the first answer of every node's NodePort, and the memory of the whole process tree at rest. */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { startLocalCluster } from "../test/support/local-cluster.ts";
import { processTree } from "../test/support/processes.ts";
import type { Bench } from "./frame/bench.ts";
import { treeMemory } from "./frame/memory.ts";
import { formatNumber, median } from "./frame/numbers.ts";

const rounds = 7;
const nodePort = 30_080;
const nodeAddresses = ["127.0.1.1", "127.0.1.2", "127.0.1.3"];
/** Memory is read this long after the cluster is up: start-up garbage is collected by then. */
const settleMs = 10_000;
const pollMs = 2;
const mebibyte = 2 ** 20;

interface Round {
  /** Milliseconds from the start of the command to an answer on each node's port, and to the lines that say so. */
  readonly answeredMs: number;
  readonly toldMs: number;
}

export const bench: Bench = {
  name: "local-cluster",
  title: "Start-up and memory of `porthole up`",
  missing: () => (process.platform === "linux" ? undefined : "it reads /proc, so it needs Linux"),
  async run(say) {
    const results: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      const { answeredMs, toldMs } = await startOnce();
      say(`round ${round} of ${rounds}: ${answeredMs.toFixed(0)} ms`);
      results.push({ answeredMs, toldMs });
    }
    say(`memory after ${settleMs / 1000} s at rest`);
    const memory = await memoryAtRest();
    const ofAll = (pick: (round: Round) => number) => results.map(pick);
    const spread = (values: readonly number[]) => [
      `${formatNumber(median(values))} ms`,
      `${formatNumber(Math.min(...values))} ms`,
      `${formatNumber(Math.max(...values))} ms`,
    ];
    return {
      tables: [
        {
          title: "Start-up",
          columns: ["from the command to", "median", "best", "worst"],
          rows: [
            [
              "an HTTP answer on the NodePort of all three nodes",
              ...spread(ofAll(({ answeredMs }) => answeredMs)),
            ],
            ["the lines that say so", ...spread(ofAll(({ toldMs }) => toldMs))],
          ],
        },
        {
          title: "Memory at rest",
          columns: ["", "processes", "PSS", "RSS summed"],
          rows: [
            [
              "the whole tree",
              String(memory.processes),
              mebibytes(memory.pssBytes),
              mebibytes(memory.rssBytes),
            ],
          ],
        },
      ],
      notes: [
        `${rounds} starts with three nodes and the demo's three pods, the code cache warm as \`npm ci\` leaves it.`,
        "PSS counts a page that processes share once; the sum of RSS counts the node binary's pages once for every process.",
      ],
    };
  },
};

async function startOnce(): Promise<Round> {
  const start = performance.now();
  const starting = startLocalCluster();
  const answered = Promise.all(nodeAddresses.map(firstAnswer)).then(() => performance.now() - start);
  const cluster = await starting;
  const toldMs = performance.now() - start;
  const answeredMs = await answered;
  await cluster.end("SIGINT");
  return { answeredMs, toldMs };
}

async function memoryAtRest() {
  const cluster = await startLocalCluster();
  await delay(settleMs);
  const memory = treeMemory(processTree(cluster.pid));
  await cluster.end("SIGINT");
  return memory;
}

async function firstAnswer(address: string): Promise<void> {
  while (!(await answers(address))) await delay(pollMs);
}

/** A raw request: what is measured is the cluster, not an HTTP client. */
function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: nodePort });
    socket.on("connect", () => socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    socket.on("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
}

function mebibytes(bytes: number): string {
  return `${formatNumber(bytes / mebibyte)} MiB`;
}
