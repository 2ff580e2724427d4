/** `porthole lb` beside HAProxy and nginx stream: new connections, requests and bulk through a balancer of its own machine. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NetworkNamespace } from "../src/kernel/index.ts";
import type { Bench, BenchResult } from "./frame/bench.ts";
import { formatNumber, formatRatio, median } from "./frame/numbers.ts";
import { cpuSeconds } from "./frame/processes.ts";
import { missingForNamespaces, openNamespaces } from "./lab/namespaces.ts";
import { openBalancerLab } from "./lb-throughput/lab.ts";
import { allPlaces, type Subject, startSubjects } from "./lb-throughput/subjects.ts";
import { httpPort } from "./userspace/addresses.ts";
import { runWrk } from "./userspace/wrk.ts";

const rounds = 4;
const bulkSeconds = 1;
const gigabyte = 1e9;
const bulkClient = fileURLToPath(new URL("./lb-throughput/bulk-client.ts", import.meta.url));

type Measures = Readonly<Record<string, number>>;

const cells = [
  ["connections/s", "connections", 0],
  ["CPU us each", "connectionsCpuUs", 0],
  ["round trips/s", "requests", 0],
  ["one client p50 us", "p50Us", 0],
  ["p99 us", "p99Us", 0],
  ["GB/s to client", "down1", 2],
  ["GB/s to node", "up1", 2],
  ["8 streams to client", "down8", 2],
] as const;

export const bench: Bench = {
  name: "lb-throughput",
  title: "The load balancer beside HAProxy and nginx stream",
  missing: () => missingForNamespaces("nft", "nginx", "haproxy", "wrk"),
  async run(say) {
    await using namespaces = openNamespaces();
    await using stack = new AsyncDisposableStack();
    const directory = stack.adopt(mkdtempSync(join(tmpdir(), "porthole-bench-")), (path) =>
      rmSync(path, { recursive: true }),
    );
    const lab = await openBalancerLab(namespaces, allPlaces);
    const subjects = await startSubjects(stack, lab, directory);
    const results = new Map<Subject, Measures[]>(subjects.map((subject) => [subject, []]));
    for (let round = 1; round <= rounds; round += 1) {
      // Each begins as often as the others: who follows whom does not always stay the same.
      const order = subjects.map((_, index) => subjects[(index + round) % subjects.length]);
      for (const subject of order) {
        if (!subject) continue;
        say(`round ${round} of ${rounds}: ${subject.name}`);
        results.get(subject)?.push(await measure(lab.client, subject));
      }
    }
    return report(results);
  },
};

async function measure(client: NetworkNamespace, { address, pid }: Subject): Promise<Measures> {
  const url = `http://${address}:${httpPort}/`;
  const wrk = (connections: number, closing: boolean) => client.run(() => runWrk(url, connections, closing));
  const cpuBefore = pid === undefined ? Number.NaN : cpuSeconds(pid);
  const connections = (await wrk(64, true)).perSecond;
  const cpu = pid === undefined ? Number.NaN : cpuSeconds(pid) - cpuBefore;
  const requests = (await wrk(64, false)).perSecond;
  const { p50Us, p99Us } = await wrk(1, false);
  return {
    connections,
    connectionsCpuUs: (cpu / connections) * 1e6,
    requests,
    p50Us,
    p99Us,
    down1: await moveBulk(client, address, "down", 1),
    up1: await moveBulk(client, address, "up", 1),
    down8: await moveBulk(client, address, "down", 8),
  };
}

async function moveBulk(
  client: NetworkNamespace,
  address: string,
  way: "down" | "up",
  streams: number,
): Promise<number> {
  const args = [bulkClient, address, way, String(streams), String(bulkSeconds)];
  const { stdout } = await client.run(() => promisify(execFile)(process.execPath, args));
  return Number(stdout) / gigabyte;
}

function report(results: ReadonlyMap<Subject, readonly Measures[]>): BenchResult {
  const all = [...results];
  const medianOf = (measures: readonly Measures[], name: string) =>
    median(measures.map((measure) => measure[name] ?? Number.NaN));
  const of = (subject: string, name: string) =>
    medianOf(all.find(([candidate]) => candidate.name === subject)?.[1] ?? [], name);
  const compared = (mine: string) =>
    ["HAProxy tcp", "nginx stream"]
      .map((peer) => {
        const ratio = (name: string) => formatRatio(of(mine, name), of(peer, name));
        return `against ${peer} connections/s ${ratio("connections")}, bulk to client ${ratio("down1")}`;
      })
      .join("; ");
  return {
    tables: [
      {
        title: "Three nodes behind one balancer; requests of three bytes (wrk, 64 connections)",
        columns: ["", ...cells.map(([title]) => title)],
        rows: all.map(([{ name }, measures]) => [
          name,
          ...cells.map(([, measure, digits]) => formatNumber(medianOf(measures, measure), digits)),
        ]),
      },
    ],
    notes: [
      ...all
        .filter(([{ name }]) => name.startsWith("Porthole"))
        .map(([{ name }]) => `${name}: ${compared(name)}.`),
      `Medians of ${rounds} rounds. Clients, balancers and nodes are network namespaces of one machine and share its processors, so "no balancer" (a route through the balancers' machine) is the ceiling of what the generators can do, and processor time per connection says more than the rates.`,
      "One worker each, health checks on, everything else as the packages have it. In nftables mode the kernel forwards; its time is in nobody's account.",
    ],
  };
}
