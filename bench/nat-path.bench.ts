/** What a NodePort costs: from a client through a node to a pod, without translation, by a rule written by hand, and by Porthole. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NetworkNamespace } from "../src/kernel/index.ts";
import type { Bench, BenchTable } from "./frame/bench.ts";
import { formatNumber, formatRatio, median } from "./frame/numbers.ts";
import {
  ip,
  link,
  missingForNamespaces,
  type Namespaces,
  nextLine,
  openNamespaces,
  setSysctl,
} from "./lab/namespaces.ts";

/** Many short ones: what else the machine does then meets all paths of a round alike. */
const rounds = 25;
const secondsEach = 0.3;
const others = 5000;
const nodeAddress = "172.30.1.1";
const podAddress = "10.244.1.2";
const podPort = "8080";
const nodePort = "30080";

const measures = [
  ["connections/s", "connections"],
  ["TCP round trips/s", "tcp"],
  ["UDP round trips/s", "udp"],
  ["UDP flows/s", "flows"],
] as const;

interface Path {
  readonly name: string;
  readonly address: string;
  readonly port: string;
  /** Makes the node do what the path is about. */
  prepare(node: NetworkNamespace, namespaces: Namespaces): Promise<void> | void;
}

const handWritten = `table ip hand {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${nodeAddress} meta l4proto { tcp, udp } th dport ${nodePort} meta mark set 1 dnat to ${podAddress}:${podPort}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    meta mark 1 masquerade
  }
}`;
const tracked = `table ip hand {
  chain forward {
    type filter hook forward priority filter
    ct state invalid drop
  }
}`;

const paths: readonly Path[] = [
  { name: "direct", address: podAddress, port: podPort, prepare() {} },
  {
    name: "direct, connections tracked",
    address: podAddress,
    port: podPort,
    prepare: (node) => loadRules(node, tracked),
  },
  {
    name: "one rule written by hand",
    address: nodeAddress,
    port: nodePort,
    prepare: (node) => loadRules(node, handWritten),
  },
  {
    name: `Porthole, ${formatNumber(others)} other Services`,
    address: nodeAddress,
    port: nodePort,
    async prepare(node, namespaces) {
      const program = fileURLToPath(new URL("./nat-path/serve-node-port.ts", import.meta.url));
      const args = [program, nodeAddress, nodePort, podAddress, podPort, String(others)];
      await nextLine(namespaces.start(node, process.execPath, args));
    },
  },
];

export const bench: Bench = {
  name: "nat-path",
  title: "The path through a NodePort of the kernel",
  missing: () => missingForNamespaces("nft", "cc"),
  async run(say) {
    const directory = mkdtempSync(join(tmpdir(), "porthole-nat-path-"));
    await using namespaces = openNamespaces();
    try {
      const program = join(directory, "path-client");
      const source = fileURLToPath(new URL("./nat-path/path-client.c", import.meta.url));
      execFileSync("cc", ["-O2", "-o", program, source]);
      const subjects = [];
      for (const [index, path] of paths.entries()) {
        say(`sets up: ${path.name}`);
        subjects.push({ path, client: await layPath(namespaces, index, path, program) });
      }
      const rates = new Map<string, number[]>();
      let failures = 0;
      for (let round = 0; round <= rounds; round++) {
        if (round > 0) say(`round ${round} of ${rounds}`);
        for (const [, measure] of measures) {
          for (const { path, client } of subjects) {
            const result = measureOnce(client, program, measure, path);
            // The first round only warms up.
            if (round === 0) continue;
            failures += result.failures;
            const key = `${path.name} ${measure}`;
            rates.set(key, [...(rates.get(key) ?? []), result.rate]);
          }
        }
      }
      return { tables: [tableOf(rates)], notes: notesOf(failures) };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** A client, a node and a pod of the path's own; returns the client's namespace. */
async function layPath(
  namespaces: Namespaces,
  index: number,
  path: Path,
  program: string,
): Promise<NetworkNamespace> {
  const client = await namespaces.create(`${index}-client`);
  const node = await namespaces.create(`${index}-node`);
  const pod = await namespaces.create(`${index}-pod`);
  link("lan", [node, `${nodeAddress}/24`], [client, "172.30.1.2/24"]);
  link("pod", [node, "10.244.1.1/24"], [pod, `${podAddress}/24`]);
  ip(client, `route add default via ${nodeAddress}`);
  ip(pod, "route add default via 10.244.1.1");
  setSysctl(node, "net/ipv4/ip_forward", "1");
  namespaces.start(pod, program, ["serve", podPort]);
  await path.prepare(node, namespaces);
  // Flows of a round are forgotten before the next one, so that the table of connections stays small.
  for (const name of ["udp_timeout", "udp_timeout_stream", "tcp_timeout_close"])
    setSysctl(node, `net/netfilter/nf_conntrack_${name}`, "2");
  return client;
}

function loadRules(node: NetworkNamespace, rules: string): void {
  node.run(() => execFileSync("nft", ["-f", "-"], { input: rules, stdio: ["pipe", "ignore", "inherit"] }));
}

function measureOnce(client: NetworkNamespace, program: string, measure: string, { address, port }: Path) {
  const args = [measure, address, port, String(secondsEach)];
  const output = client.run(() => execFileSync(program, args, { encoding: "utf8" }));
  const [count = 0, seconds = 0, failures = 0] = output.split(" ").map(Number);
  return { rate: count / seconds, failures };
}

function tableOf(rates: ReadonlyMap<string, readonly number[]>): BenchTable {
  const ratesOf = (name: string, measure: string) => rates.get(`${name} ${measure}`) ?? [];
  const direct = paths[0]?.name ?? "";
  const ratioOf = (name: string, measure: string) =>
    median(
      ratesOf(name, measure).map((rate, round) => rate / (ratesOf(direct, measure)[round] ?? Number.NaN)),
    );
  return {
    title: "Rates, and their ratios to the direct path",
    columns: ["", ...measures.flatMap(([title]) => [title, "of direct"])],
    rows: paths.map(({ name }) => [
      name,
      ...measures.flatMap(([, measure]) => [
        formatNumber(median(ratesOf(name, measure))),
        formatRatio(ratioOf(name, measure), 1),
      ]),
    ]),
  };
}

function notesOf(failures: number): readonly string[] {
  return [
    `Medians of ${rounds} rounds in which each path was measured for ${secondsEach} s, one after the other; a ratio is the median of the rounds' ratios. One client process, one exchange at a time, so a rate is the inverse of a latency. ${failures} exchanges failed.`,
    "Each path has a client, a node and a pod in network namespaces of their own, joined by veth pairs; rules of one path are not on the others' nodes.",
    `The rule written by hand translates the one NodePort and masquerades, as Porthole does for clients from outside; Porthole's tables hold ${formatNumber(others)} more Services with 10 endpoints each.`,
    "Without any rules the kernel tracks no connections; the second line shows what tracking alone costs.",
  ];
}
