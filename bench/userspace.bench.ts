/** The userspace dataplane beside nginx's stream module and HAProxy, in front of the same backends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, BenchResult, BenchTable } from "./frame/bench.ts";
import { formatNumber, formatRatio, median } from "./frame/numbers.ts";
import { findProgram, openFileLimit, residentBytes } from "./frame/processes.ts";
import { type Measures, measureBulk, measureRequests } from "./userspace/measures.ts";
import { withIdleConnections } from "./userspace/streams.ts";
import { type Subject, startSubjects } from "./userspace/subjects.ts";

const rounds = 3;
/** Each idle connection costs the proxy two files; some are left for everything else. */
const idleConnections = Math.min(10_000, Math.floor((openFileLimit() - 1000) / 2));

export const bench: Bench = {
  name: "userspace",
  title: "Userspace dataplane beside nginx stream and HAProxy",
  missing() {
    if (process.platform !== "linux") return "it reads /proc, so it needs Linux";
    const missing = ["nginx", "haproxy", "wrk"].filter((name) => !findProgram(name));
    if (missing.length === 0) return undefined;
    return `${missing.join(", ")} not found; apt-get install -y nginx libnginx-mod-stream haproxy wrk`;
  },
  async run(say) {
    await using stack = new AsyncDisposableStack();
    const directory = stack.adopt(mkdtempSync(join(tmpdir(), "porthole-bench-")), (path) =>
      rmSync(path, { recursive: true }),
    );
    const subjects = await startSubjects(stack, directory);
    const proxies = subjects.filter(({ pid, bulkOnly }) => pid !== undefined && !bulkOnly);
    const memory = new Map<Subject, Memory>();
    // Porthole last: ports that are bound to an address are not free for the others' connections for a minute.
    for (const subject of proxies.toReversed()) {
      say(`${idleConnections} idle connections: ${subject.name}`);
      memory.set(subject, await measureIdle(subject));
    }
    const results = new Map<Subject, Measures[]>(subjects.map((subject) => [subject, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const [subject, measures] of results) {
        say(`round ${round} of ${rounds}: ${subject.name}`);
        measures.push({
          ...(subject.bulkOnly ? {} : await measureRequests(subject)),
          ...(await measureBulk(subject)),
        });
      }
    }
    for (const [subject, { start, idle }] of memory) {
      memory.set(subject, { start, idle, loaded: residentBytes(subject.pid ?? -1) });
    }
    return report(results, memory);
  },
};

/** Resident bytes after the start, with the idle connections, and after everything. */
interface Memory {
  readonly start: number;
  readonly idle: number;
  readonly loaded: number;
}

async function measureIdle({ address, pid = -1 }: Subject): Promise<Memory> {
  const start = residentBytes(pid);
  const idle = await withIdleConnections(address, idleConnections, async () => residentBytes(pid));
  return { start, idle, loaded: Number.NaN };
}

type Cell = readonly [title: string, measure: string, digits: number];

const requestCells: readonly Cell[] = [
  ["connections/s", "connections", 0],
  ["CPU us each", "connectionsCpuUs", 0],
  ["round trips/s", "requests", 0],
  ["CPU us each", "requestsCpuUs", 1],
  ["one client p50 us", "p50Us", 0],
  ["p99 us", "p99Us", 0],
];
const bulkCells: readonly Cell[] = [
  ["to client", "down1", 2],
  ["to backend", "up1", 2],
  ["to client, 8 streams", "down8", 2],
  ["to backend, 8 streams", "up8", 2],
  ["CPU s/GB to client", "downCpu", 2],
  ["CPU s/GB to backend", "upCpu", 2],
];

function report(
  results: ReadonlyMap<Subject, readonly Measures[]>,
  memory: ReadonlyMap<Subject, Memory>,
): BenchResult {
  const all = [...results];
  const requests = all.filter(([subject]) => !subject.bulkOnly);
  const megabytes = (bytes: number) => formatNumber(bytes / 1e6, 1);
  return {
    tables: [
      toTable("Requests of three bytes (wrk, 64 connections; the last two with one)", requests, requestCells),
      toTable("Bulk throughput, GB/s", all, bulkCells),
      {
        title: `Resident memory, MB; ${formatNumber(idleConnections)} idle connections have each carried a byte`,
        columns: ["", "at start", "with idle connections", "kB each", "after all load"],
        rows: [...memory].map(([{ name }, { start, idle, loaded }]) => [
          name,
          megabytes(start),
          megabytes(idle),
          formatNumber((idle - start) / idleConnections / 1000, 1),
          megabytes(loaded),
        ]),
      },
    ],
    notes: [
      ratios(all),
      "One worker each. Clients, proxy and backends share the machine's processors and its loopback interface, so the direct way is the ceiling of what the generators can do, and processor time per unit says more than the rates.",
      "nginx and HAProxy run with their packages' defaults (16 KB buffers); the line with 512k buffers shows nginx with reads as large as Porthole's.",
      "Porthole binds each connection to the node's address, so that a pod sees the node that it came through; the peers do not.",
      "Of Porthole's memory about 55 MB are Node's program text, which all of its processes share.",
    ],
  };
}

function medianOf(measures: readonly Measures[], name: string): number {
  return median(measures.map((measure) => measure[name] ?? Number.NaN));
}

function toTable(
  title: string,
  results: readonly (readonly [Subject, readonly Measures[]])[],
  cells: readonly Cell[],
): BenchTable {
  return {
    title,
    columns: ["", ...cells.map(([column]) => column)],
    rows: results.map(([{ name }, measures]) => [
      name,
      ...cells.map(([, measure, digits]) => formatNumber(medianOf(measures, measure), digits)),
    ]),
  };
}

function ratios(results: readonly (readonly [Subject, readonly Measures[]])[]): string {
  const of = (subject: string, measure: string) =>
    medianOf(results.find(([{ name }]) => name === subject)?.[1] ?? [], measure);
  const against = (peer: string) =>
    [
      ...requestCells.filter(([, measure]) => /^(connections|requests)$/.test(measure)),
      ...bulkCells.slice(0, 4),
    ]
      .map(
        ([title, measure]) => `${title} ${formatRatio(of("Porthole userspace", measure), of(peer, measure))}`,
      )
      .join(", ");
  return `Porthole against nginx stream: ${against("nginx stream")}. Against HAProxy: ${against("HAProxy tcp")}.`;
}
