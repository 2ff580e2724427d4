/**
 * A local cluster whose nodes are network namespaces, and a network in front of it:
 *
 *     client 172.31.1.2 --- front --- balancer machines 172.31.1.N, 10.200.0.N --- the cluster's switch --- nodes
 */
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type NetworkNamespace, openNetworkNamespace } from "../../src/kernel/index.ts";
import { namespacesOf } from "../../test/support/host-namespace.ts";
import { type LocalCluster, startLocalCluster } from "../../test/support/local-cluster.ts";
import { ip, type Namespaces, setSysctl } from "../lab/namespaces.ts";
import { endWithUs } from "./end-with-us.ts";
import type { WindowReport } from "./measure-window.ts";

export interface Machine {
  readonly namespace: NetworkNamespace;
  /** In front of the cluster, and on the cluster's switch. */
  readonly address: string;
  /** Connects its front link, or cuts it. */
  plug(connected: boolean): void;
  /** Whether the client's packets to an address go to this machine. */
  isReachedBy(address: string): boolean;
}

export interface FaultLab extends AsyncDisposable {
  /** Runs a program on the host; resolves with what it printed, rejects if it failed. */
  run(program: string, ...args: string[]): Promise<string>;
  readonly cluster: LocalCluster;
  readonly nodes: readonly string[];
  /** Address of a node on the cluster's switch. */
  nodeAddress(node: string): string;
  /** Connects a node's only link, or cuts it. */
  plugNode(node: string, connected: boolean): void;
  /** Makes a machine with that number, 11 to 99. */
  addMachine(number: number): Promise<Machine>;
  startClient(places: readonly string[]): FaultClient;
}

export interface FaultClient {
  /** Resolves when at least `minMs` are over and nothing has failed for `quietMs`; one report for each place. */
  measure(minMs: number, quietMs: number): Promise<readonly WindowReport[]>;
}

const client = fileURLToPath(new URL("./fault-client.ts", import.meta.url));
const nodes = ["node-1", "node-2", "node-3"];
/** Name of a cluster's bridge, whose ports are called as its nodes. */
const bridge = "nodes";

export async function openFaultLab(namespaces: Namespaces, manifest: string): Promise<FaultLab> {
  await using stack = new AsyncDisposableStack();
  const host = await namespaces.create("host");
  const args = ["--dataplane", "nftables", "-f", manifest];
  const cluster = await startLocalCluster(args, (start) => host.run(start));
  const ended = endWithUs(cluster.pid, "SIGTERM");
  stack.defer(async () => {
    await cluster.end("SIGTERM");
    ended();
  });
  const switchName = namespacesOf(cluster.pid).find((name) => name.endsWith("-switch")) ?? "";
  const nodeSwitch = stack.use(await openNetworkNamespace(switchName));
  const front = await namespaces.create("front");
  ip(front, "link add front type bridge");
  ip(front, "link set front up");
  const [prefix = ""] = /\d+\.\d+\.\d+\./.exec(readFileSync(cluster.kubeconfig, "utf8")) ?? [];
  const join = (at: NetworkNamespace, master: string, port: string, to: NetworkNamespace, name: string) => {
    ip(at, `link add ${port} master ${master} type veth peer name ${name} netns ${to.name}`);
    ip(at, `link set ${port} up`);
    ip(to, `link set ${name} up`);
  };
  const outside = await namespaces.create("client");
  join(front, "front", "client", outside, "front");
  ip(outside, "addr add 172.31.1.2/24 dev front");
  setSysctl(outside, "net/ipv4/ip_local_port_range", "10000 65000");
  const open = stack.move();
  return {
    run: async (program, ...words) => (await host.run(() => promisify(execFile)(program, words))).stdout,
    cluster,
    nodes,
    nodeAddress: (node) => `${prefix}${10 + Number(node.slice("node-".length))}`,
    plugNode: (node, connected) => ip(nodeSwitch, `link set ${node} ${connected ? "up" : "down"}`),
    async addMachine(number) {
      const namespace = await namespaces.create(`machine-${number}`);
      const port = `machine-${number}`;
      join(front, "front", port, namespace, "front");
      join(nodeSwitch, bridge, port, namespace, "back");
      ip(namespace, `addr add 172.31.1.${number}/24 dev front`);
      ip(namespace, `addr add ${prefix}${100 + number}/24 dev back`);
      setSysctl(namespace, "net/ipv4/ip_forward", "1");
      setSysctl(namespace, "net/ipv4/ip_local_port_range", "10000 65000");
      return {
        namespace,
        address: `172.31.1.${number}`,
        isReachedBy(address) {
          const known = outside.run(() => ipText("neighbour", "show", address, "dev", "front"));
          const mac = /link\/ether (\S+)/.exec(
            namespace.run(() => ipText("link", "show", "dev", "front")),
          )?.[1];
          return mac !== undefined && known.includes(` lladdr ${mac} `);
        },
        plug: (connected) => ip(front, `link set ${port} ${connected ? "up" : "down"}`),
      };
    },
    startClient(places) {
      const child = namespaces.start(outside, process.execPath, [client, ...places]);
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
      return {
        async measure(minMs, quietMs) {
          child.stdin?.write(`${minMs} ${quietMs}\n`);
          const { value } = await lines.next();
          if (value === undefined) throw new Error("The client ended");
          return JSON.parse(value) as readonly WindowReport[];
        },
      };
    },
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

/** Whether an address is on a machine. */
export function hasAddress({ namespace }: Machine, address: string): boolean {
  return namespace.run(() => ipText("-br", "address", "show")).includes(` ${address}/`);
}

function ipText(...args: readonly string[]): string {
  return execFileSync("ip", args, { encoding: "utf8" });
}
