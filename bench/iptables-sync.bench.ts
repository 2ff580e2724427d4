/** What a sync costs in iptables mode, against a restore of all rules; and what the tree of chains saves a new connection. */
import { variants } from "../src/dataplane/iptables/iptables-programs.ts";
import type { Bench } from "./frame/bench.ts";
import { formatNumber, median } from "./frame/numbers.ts";
import { type Cost, measureVariant, type SyncCosts } from "./iptables-sync/measure.ts";
import { endpoints } from "./iptables-sync/services.ts";
import { missingForNamespaces, openNamespaces } from "./lab/namespaces.ts";

const sizes = [
  { services: 1_000, rounds: 3 },
  { services: 5_000, rounds: 3 },
] as const;

const rows: readonly (readonly [string, (costs: readonly SyncCosts[]) => string])[] = [
  ["full sync onto nothing", cell(({ fullSync }) => fullSync)],
  ["start on what a proxy before left", cell(({ start }) => start)],
  ["one Service's endpoints change", cell(({ endpointsChange }) => endpointsChange)],
  ["a Service goes or comes", cell(({ serviceChange }) => serviceChange)],
  ["iptables-restore of all the same rules", cell(({ fullRestore }) => fullRestore)],
  ["new connection, addresses in a tree", micros(({ connectTreeUs }) => connectTreeUs)],
  ["new connection, addresses in one list", micros(({ connectListUs }) => connectListUs)],
];

export const bench: Bench = {
  name: "iptables-sync",
  title: `iptables mode with thousands of Services of ${endpoints} endpoints`,
  missing: () => missingForNamespaces("iptables-nft", "iptables-legacy"),
  async run(say) {
    const columns: { readonly title: string; readonly costs: readonly SyncCosts[] }[] = [];
    for (const { services, rounds } of sizes) {
      const costs = new Map(variants.map((variant) => [variant, [] as SyncCosts[]]));
      for (let round = 0; round < rounds; round++) {
        for (const variant of variants) {
          await using namespaces = openNamespaces();
          const measured = await measureVariant(namespaces, variant, services);
          costs.get(variant)?.push(measured);
          say(
            `${variant}, ${formatNumber(services)}: full sync ${formatNumber(measured.fullSync.wallMs)} ms`,
          );
        }
      }
      for (const [variant, all] of costs)
        columns.push({ title: `${variant}, ${formatNumber(services)}`, costs: all });
    }
    return {
      tables: [
        {
          title: "From a table to rules in the kernel: time (processor time)",
          columns: ["", ...columns.map(({ title }) => title)],
          rows: rows.map(([title, print]) => [title, ...columns.map(({ costs }) => print(costs))]),
        },
      ],
      notes: [
        `Medians of ${sizes.map(({ rounds, services }) => `${rounds} (${formatNumber(services)})`).join(", ")} rounds; IPv4, each Service with a cluster address and a node port. Processor time is this process's and that of the programs it runs, in steps of 10 ms.`,
        "The variant legacy reads and writes the kernel's whole table for any change: that is its interface. The variant nft sends what changes, and the kernel looks at all chains that can be reached.",
        "A new connection goes to the cluster address of the last Service, from the node itself; most of its time is Node's.",
      ],
    };
  },
};

function cell(pick: (costs: SyncCosts) => Cost): (costs: readonly SyncCosts[]) => string {
  return (costs) => {
    const of = (field: keyof Cost) => formatNumber(median(costs.map((one) => pick(one)[field])));
    return `${of("wallMs")} ms (${of("cpuMs")})`;
  };
}

function micros(pick: (costs: SyncCosts) => number): (costs: readonly SyncCosts[]) => string {
  return (costs) => `${formatNumber(median(costs.map(pick)))} µs`;
}
