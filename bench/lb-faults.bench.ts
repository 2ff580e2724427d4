/** Two balancers, three nodes, six pods: what clients notice of faults, with `porthole lb` and with HAProxy and keepalived side by side. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, BenchResult, BenchTable } from "./frame/bench.ts";
import { formatNumber, median } from "./frame/numbers.ts";
import { missingForNamespaces, openNamespaces } from "./lab/namespaces.ts";
import { BalancerPair } from "./lb-faults/balancer-pair.ts";
import { type FaultLab, openFaultLab } from "./lb-faults/fault-lab.ts";
import { type Fault, faults } from "./lb-faults/faults.ts";
import { startKeepalived } from "./lb-faults/keepalived-pair.ts";
import type { WindowReport } from "./lb-faults/measure-window.ts";
import { openPods } from "./lb-faults/pods.ts";
import { startPorthole } from "./lb-faults/porthole-pair.ts";
import { labManifest, type PairService, pairService } from "./lb-faults/services.ts";

const rounds = Number(process.env.LB_FAULT_ROUNDS ?? 20);
const nodes = ["node-1", "node-2", "node-3"];
/** A window lasts at least so long, and until nothing has failed for some time. */
const windowMs = 1500;
const quietMs = 700;
/** Before the next fault the balancers have seen again what was mended: two checks. */
const settledMs = 800;

interface Subject {
  readonly title: string;
  readonly service: PairService;
  /** Of `porthole lb`; undefined for HAProxy and keepalived. */
  readonly flags?: readonly string[];
}

const subjects: readonly Subject[] = [
  { title: "Porthole, userspace", service: pairService("userspace", 1), flags: ["--vrrp-router-id", "101"] },
  {
    title: "Porthole, nftables",
    service: pairService("nftables", 2),
    flags: ["--mode", "nftables", "--vrrp-router-id", "121"],
  },
  { title: "HAProxy + keepalived", service: pairService("haproxy", 3) },
];

type Reports = ReadonlyMap<Fault, readonly WindowReport[][]>;

export const bench: Bench = {
  name: "lb-faults",
  title: "What clients notice of faults behind the load balancer",
  missing: () => missingForNamespaces("nft", "haproxy", "keepalived", "kubectl"),
  async run(say) {
    await using stack = new AsyncDisposableStack();
    const directory = stack.adopt(mkdtempSync(join(tmpdir(), "porthole-bench-")), (path) =>
      rmSync(path, { recursive: true }),
    );
    const namespaces = stack.use(openNamespaces());
    const manifest = join(directory, "lab.yaml");
    writeFileSync(
      manifest,
      labManifest(
        subjects.map(({ service }) => service),
        nodes,
      ),
    );
    const lab = stack.use(await openFaultLab(namespaces, manifest));
    const pods = await openPods(lab);
    const pairs: BalancerPair[] = [];
    for (const [index, subject] of subjects.entries()) {
      const pair = stack.use(await openPair(lab, subject, index, directory));
      await pair.start();
      pairs.push(pair);
    }
    const client = lab.startClient(pairs.map(({ place }) => place));
    const reports = new Map(faults.map((fault) => [fault, [] as WindowReport[][]]));
    const loads: number[] = [];
    const world = { lab, pods, pairs };
    await client.measure(settledMs, settledMs);
    for (let round = 0; round < rounds; round += 1) {
      loads.push(loadavg()[0] ?? Number.NaN);
      const node = nodes[round % nodes.length] ?? "";
      for (const fault of faults) {
        await fault.prepare?.(world, node);
        await client.measure(settledMs, settledMs);
        const measured = client.measure(fault.windowMs ?? windowMs, quietMs);
        await fault.break(world, node);
        const windows = await measured;
        reports.get(fault)?.push([...windows]);
        say(`round ${round + 1} of ${rounds}: ${fault.name}: ${windows.map(brief).join(" | ")}`);
        await fault.mend?.(world, node);
      }
    }
    return report(reports, loads);
  },
};

async function openPair(
  lab: FaultLab,
  { title, service, flags }: Subject,
  index: number,
  directory: string,
): Promise<BalancerPair> {
  const number = 10 * (index + 1);
  const address = `172.31.1.${100 + number}`;
  const machines = [await lab.addMachine(number + 1), await lab.addMachine(number + 2)] as const;
  const { nodePort, healthPort, loadBalancerClass } = service;
  const checked = nodes.map((name) => ({ name, address: lab.nodeAddress(name), nodePort, healthPort }));
  return new BalancerPair({
    name: title,
    place: `${address}:80`,
    machines,
    start: (machine, at) =>
      flags === undefined
        ? startKeepalived(machine, address, 150 - 50 * at, checked, directory)
        : startPorthole(machine, { kubeconfig: lab.cluster.kubeconfig, address, loadBalancerClass, flags }),
  });
}

function brief({ sent, failed, keptFailed, gapMs, reasons }: WindowReport): string {
  const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
  return `${failed} of ${sent} failed, ${keptFailed} kept, gap ${formatNumber(gapMs)} ms${why}`;
}

function report(reports: Reports, loads: readonly number[]): BenchResult {
  const table = (title: string, cell: (report: WindowReport) => number): BenchTable => ({
    title,
    columns: ["", ...subjects.map((subject) => subject.title)],
    rows: [...reports].map(([fault, windows]) => [
      fault.name,
      ...subjects.map((_, index) => {
        const values = windows.flatMap((window) => (window[index] ? [cell(window[index])] : []));
        return `${formatNumber(median(values))} / ${formatNumber(Math.max(...values))}`;
      }),
    ]),
  });
  return {
    tables: [
      table(
        `Requests lost of some 200, one every 10 ms on a new connection: median / worst of ${rounds} rounds`,
        ({ failed }) => failed,
      ),
      table("Longest time without any answer, ms: median / worst", ({ gapMs }) => gapMs),
      table("Slowest answer of all that came, ms: median / worst", ({ slowestMs }) => slowestMs),
      table(
        "Requests lost by a client that keeps its connection: median / worst",
        ({ keptFailed }) => keptFailed,
      ),
    ],
    notes: [
      `The load average of the machine, ${availableParallelism()} processors, was ${formatNumber(median(loads), 1)} in the median of the rounds. Where others keep it busy, answers are late and a few requests are lost for that alone.`,
      "All pairs stand in front of the same nodes and pods and meet each fault at the same moment. A request is lost when it is refused, reset, or not answered within 2 s.",
      "Services have externalTrafficPolicy: Local, so that a node's health check speaks for its pods. The nodes are Porthole's, in nftables mode.",
      "HAProxy and keepalived are configured by hand for the same speed: checks every 300 ms (two failures), connect time-out 400 ms with redispatch, advertisements every 200 ms. With keepalived's default of 1 s a takeover takes 3.6 s.",
      "What SIGTERM does is watched for 8 s at least: a balancer that is stopped carries its connections on for 5 s (--grace) and then ends them.",
      "A request that is on its way through a machine that dies cannot be saved by anybody, nor a connection that is kept through it.",
    ],
  };
}
