/** What bench iptables-sync measures of one variant of iptables with so many Services. */
import { fileURLToPath } from "node:url";
import { openIptablesDataplane } from "../../src/dataplane/iptables/index.ts";
import {
  findPrograms,
  type IptablesPrograms,
  type Variant,
} from "../../src/dataplane/iptables/iptables-programs.ts";
import { restoreText } from "../../src/dataplane/iptables/restore-text.ts";
import { emptyTable, type Ruleset } from "../../src/dataplane/iptables/ruleset.ts";
import { parseSavedRules } from "../../src/dataplane/iptables/saved-rules.ts";
import { processorMs } from "../../src/dataplane/processor-ms.ts";
import type { NetworkNamespace } from "../../src/kernel/index.ts";
import { median } from "../frame/numbers.ts";
import { ip, type Namespaces, nextLine } from "../lab/namespaces.ts";
import { backendPort, clusterAddress, serviceFrontends, tableOf, withFrontends } from "./services.ts";

export interface Cost {
  readonly wallMs: number;
  /** Of this process and of the programs that it ran. */
  readonly cpuMs: number;
}

export interface SyncCosts {
  readonly fullSync: Cost;
  readonly fullRestore: Cost;
  readonly start: Cost;
  readonly endpointsChange: Cost;
  readonly serviceChange: Cost;
  /** Of a new connection to the last Service, in microseconds. */
  readonly connectTreeUs: number;
  readonly connectListUs: number;
}

const changes = 10;
const connections = 1_000;
const empty: Ruleset = { nat: emptyTable(), filter: emptyTable() };

export async function measureVariant(
  namespaces: Namespaces,
  variant: Variant,
  services: number,
): Promise<SyncCosts> {
  const namespace = await namespaces.create(`${variant}-${services}`);
  ip(namespace, "addr add 10.0.0.1/32 dev lo");
  ip(namespace, "route add local 10.128.0.0/10 dev lo");
  ip(namespace, "route add default dev lo");
  const programs = await findPrograms(variant, namespace);
  if (!programs) throw new Error(`iptables-${variant} is not installed`);
  const table = tableOf(services);
  const dataplane = await openIptablesDataplane({ variant, namespace });
  const fullSync = await costOf(() => dataplane.apply(table));
  const endpointsChange = await medianCost(async (turn) => {
    const next = serviceFrontends(turn * 3, 1 + turn);
    await dataplane.apply(withFrontends(table, new Map(next.map((one) => [one.key, one]))));
  });
  const serviceChange = await medianCost(async (turn) => {
    const gone = turn % 2 === 0 ? serviceFrontends(services - 2) : [];
    await dataplane.apply(withFrontends(table, new Map(gone.map(({ key }) => [key, undefined]))));
  });
  await dataplane.apply(table);
  await dataplane.close();
  const heir = await openIptablesDataplane({ variant, namespace });
  const start = await costOf(() => heir.apply(table));
  await heir.close();
  const held = parseSavedRules(await programs.save("iptables"));
  const connectTreeUs = await connectTime(namespaces, namespace, services);
  const fullRestore = await costOf(() => programs.restore("iptables", chainsText(held)));
  await putIntoOneList(programs, held);
  const connectListUs = await connectTime(namespaces, namespace, services);
  return { fullSync, fullRestore, start, endpointsChange, serviceChange, connectTreeUs, connectListUs };
}

/** All chains, and no rule in chains of the kernel. */
function chainsText({ nat, filter }: Ruleset): string {
  const chains = { nat: { ...nat, jumps: new Map() }, filter: { ...filter, jumps: new Map() } };
  return restoreText(empty, chains) ?? "";
}

/** What the tree saves: all cluster addresses in one chain, as kube-proxy has them. */
async function putIntoOneList(programs: IptablesPrograms, { nat }: Ruleset): Promise<void> {
  const bucket = /^PORTHOLE-(?:TO-|ADDRESSES$)/;
  const rules = [...nat.chains]
    .filter(([name]) => bucket.test(name))
    .flatMap(([, all]) => all.filter((rule) => !/-j PORTHOLE-TO-/.test(rule)));
  const list = rules.map((rule) => `-A PORTHOLE-ADDRESSES ${rule}\n`).join("");
  await programs.restore("iptables", `*nat\n:PORTHOLE-ADDRESSES - [0:0]\n${list}COMMIT\n`);
}

async function connectTime(
  namespaces: Namespaces,
  namespace: NetworkNamespace,
  services: number,
): Promise<number> {
  const program = fileURLToPath(new URL("./connect-times.ts", import.meta.url));
  const args = [clusterAddress(services - 1), "80", "0.0.0.0", String(backendPort), String(connections)];
  return Number(await nextLine(namespaces.start(namespace, process.execPath, [program, ...args])));
}

async function medianCost(run: (turn: number) => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let turn = 0; turn < changes; turn++) costs.push(await costOf(() => run(turn)));
  return { wallMs: median(costs.map(({ wallMs }) => wallMs)), cpuMs: sumOf(costs) / changes };
}

function sumOf(costs: readonly Cost[]): number {
  return costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

async function costOf(run: () => Promise<unknown>): Promise<Cost> {
  const cpu = processorMs();
  const start = performance.now();
  await run();
  return { wallMs: performance.now() - start, cpuMs: processorMs() - cpu };
}
