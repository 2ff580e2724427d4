/** How fast `porthole proxy --mode nftables` brings the kernel to what the API says. */
import { fileURLToPath } from "node:url";
import type { Bench } from "./frame/bench.ts";
import { formatNumber, median } from "./frame/numbers.ts";
import { ip, link, missingForNamespaces, nextLine, openNamespaces } from "./lab/namespaces.ts";
import type { SyncFigures } from "./proxy-sync/measure-sync.ts";

const endpoints = 10;
const changes = 100;
/** The large one is measured once: creating its objects takes minutes. */
const sizes = [
  { services: 5000, runs: 3 },
  { services: 30_000, runs: 1 },
] as const;
const nodeAddress = "172.30.1.1";
const podAddress = "10.244.0.1";

export const bench: Bench = {
  name: "proxy-sync",
  title: `The nftables proxy with thousands of Services of ${endpoints} endpoints`,
  missing: () => missingForNamespaces("nft"),
  async run(say) {
    const columns: (readonly string[])[] = [];
    for (const { services, runs } of sizes) {
      const figures: SyncFigures[] = [];
      for (let run = 1; run <= runs; run++) {
        const measured = await measureOnce(services);
        say(`${formatNumber(services)}, run ${run} of ${runs}: full sync ${ms(measured.fullSyncMs)}`);
        figures.push(measured);
      }
      columns.push(columnOf(figures));
    }
    const bars = ["2,000 ms", "", "10 ms (15 ms)", "", "5 ms", "250 MB"];
    return {
      tables: [
        {
          title: "From the API to packets",
          columns: ["", ...sizes.map(({ services }) => `${formatNumber(services)} Services`), "bar"],
          rows: rowTitles.map((title, row) => [
            title,
            ...columns.map((column) => column[row] ?? ""),
            bars[row] ?? "",
          ]),
        },
      ],
      notes: [
        `Medians of ${sizes.map(({ services, runs }) => `${runs} ${runs === 1 ? "run" : "runs"} with ${formatNumber(services)}`).join(" and ")}, ${changes} changes each. Bars are those for ${formatNumber(sizes[0].services)}, in brackets for ${formatNumber(sizes[1].services)}.`,
        "A full sync ends when connections from another network namespace reach the endpoints of 20 Services that are spread over all; a change is timed from the API server's acknowledgement to the first connection that reaches the new endpoint.",
        "API server, proxy, client and endpoints share the machine.",
        "kube-proxy v1.36 in nftables mode took 8.9 to 13.3 s for a full sync of 5,000, 2.2 to 2.9 s for a change with as much processor time, and 250 to 350 MB: recorded earlier with other measuring programs, so it says the order of magnitude alone.",
      ],
    };
  },
};

const rowTitles = [
  "full sync: start of the proxy to the last NodePort",
  "processor time of it",
  "change of one Service's endpoints, median",
  "the same, 99th percentile",
  "processor time a change",
  "resident memory of the proxy",
] as const;

/** One cell for each title. */
function columnOf(figures: readonly SyncFigures[]): readonly string[] {
  const of = (pick: (figure: SyncFigures) => number) => median(figures.map(pick));
  const latencies = figures.flatMap(({ changeMs }) => changeMs).toSorted((a, b) => a - b);
  const percentile = (part: number) => latencies[Math.floor(part * (latencies.length - 1))] ?? Number.NaN;
  return [
    ms(of((it) => it.fullSyncMs)),
    ms(of((it) => it.fullSyncCpuMs)),
    ms(percentile(0.5), 1),
    ms(percentile(0.99), 1),
    ms(
      of((it) => it.cpuMsPerChange),
      1,
    ),
    `${formatNumber(of((it) => it.residentBytes) / 1e6)} MB`,
  ];
}

function ms(value: number, digits = 0): string {
  return `${formatNumber(value, digits)} ms`;
}

async function measureOnce(services: number): Promise<SyncFigures> {
  await using namespaces = openNamespaces();
  const node = await namespaces.create("node");
  const client = await namespaces.create("client");
  link("lan", [node, `${nodeAddress}/24`], [client, "172.30.1.2/24"]);
  ip(node, `addr add ${podAddress}/16 dev lo`);
  const program = fileURLToPath(new URL("./proxy-sync/measure-sync.ts", import.meta.url));
  const counts = [services, endpoints, changes].map(String);
  const args = [program, client.name, nodeAddress, podAddress, ...counts];
  return JSON.parse(await nextLine(namespaces.start(node, process.execPath, args))) as SyncFigures;
}
