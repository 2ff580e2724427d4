/** Whom nodes' proxies and pods behind them see as the client: the table in docs/load-balancer.md, cell by cell. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Dataplane } from "../dataplane/index.ts";
import { openNftablesDataplane } from "../dataplane/nftables/index.ts";
import { backend, type Family, type Frontend, frontendKey } from "../forwarding/index.ts";
import type { NetworkNamespace } from "../kernel/index.ts";
import { needsRoot, runIn, testNamespace } from "../kernel/testing/kernel-test.ts";
import { killGroup, type Machine, makeLan } from "./vrrp/testing/lan.ts";

const run = promisify(execFile);
const porthole = fileURLToPath(new URL("../../bin/porthole", import.meta.url));
const options = { ...needsRoot, timeout: 100_000 };

const addresses = {
  IPv4: {
    client: "10.9.0.2",
    gateway: "10.9.0.1",
    virtual: "10.9.0.100",
    outside: "10.9.0.0/24",
    balancer: "192.168.0.1",
    node: "192.168.0.2",
    nodeAtPod: "10.180.0.1",
    pod: "10.180.0.2",
    stranger: "198.51.100.0/24",
  },
  IPv6: {
    client: "fd09::2",
    gateway: "fd09::1",
    virtual: "fd09::100",
    outside: "fd09::/64",
    balancer: "fd00::1",
    node: "fd00::2",
    nodeAtPod: "fd80::1",
    pod: "fd80::2",
    stranger: "2001:db8:5::/64",
  },
} as const;
type Person = "client" | "balancer" | "node";

/** Ports of the balancer, and the NodePort behind each. */
const places = {
  cluster: { port: 80, nodePort: 30_080 },
  local: { port: 81, nodePort: 30_081 },
  /** Behind it is a pod that reads a PROXY header. */
  header: { port: 82, nodePort: 30_080 },
  /** At the balancer's machine, where a proxy is. */
  proxy: { port: 30_090, nodePort: 0 },
  guarded: { port: 83, nodePort: 30_080 },
  /** As guarded, but for those who ask here. */
  allowed: { port: 84, nodePort: 30_080 },
} as const;

/** Says whom it sees, and from a PROXY header of version 1 whom that names. */
const pod = `require("net").createServer((s) => { s.on("error", () => {}); const sees = String(s.remoteAddress).replace("::ffff:", "");
  s.once("data", (d) => s.end(sees + " " + (/^PROXY TCP. (\\S+) /.exec(String(d))?.[1] ?? "none"))); }).listen(8080, () => console.log("ready"));`;

const ask = `const s = require("net").connect({ host: process.argv[1], port: Number(process.argv[2]) }); s.setTimeout(700, () => s.destroy()); s.write("hello");
  s.on("data", (d) => console.log(String(d))); s.on("error", () => {});`;

interface World {
  readonly balancer: Machine;
  startBalancer(...flags: readonly string[]): Promise<void>;
  /** What the pod says at a place: whom it sees, and whom the header names; undefined if nobody answers. */
  seenAt(
    place: keyof typeof places,
  ): Promise<{ readonly client: string; readonly header: string } | undefined>;
  /** Forwards a NodePort of the balancer's own machine to the pod. */
  startProxy(): Promise<Dataplane>;
}

/** A client behind the balancer; a node whose kernel forwards to its own pod, and which answers through the balancer. */
async function makeWorld(t: TestContext, family: Family): Promise<World> {
  const of = addresses[family];
  const length = family === "IPv4" ? 24 : 64;
  const [balancer, node] = (await makeLan(t, 2)) as [Machine, Machine];
  const outside = await testNamespace(t);
  const inPod = await testNamespace(t);
  const ip = (namespace: NetworkNamespace, command: string) => runIn(namespace, "ip", ...command.split(" "));
  const connect = (
    from: NetworkNamespace,
    link: string,
    to: NetworkNamespace,
    ends: readonly [string, string],
  ) => {
    ip(from, `link add ${link} type veth peer name eth0 netns ${to.name}`);
    ip(from, `address add ${ends[0]}/${length} dev ${link}${family === "IPv6" ? " nodad" : ""}`);
    ip(to, `address add ${ends[1]}/${length} dev eth0${family === "IPv6" ? " nodad" : ""}`);
    ip(from, `link set ${link} up`);
    for (const own of ["lo", "eth0"]) ip(to, `link set ${own} up`);
    ip(to, `route add default via ${ends[0]}`);
  };
  connect(balancer.namespace, "eth1", outside, [of.gateway, of.client]);
  ip(balancer.namespace, `address add ${of.virtual}/${length} dev eth1${family === "IPv6" ? " nodad" : ""}`);
  connect(node.namespace, "pod", inPod, [of.nodeAtPod, of.pod]);
  ip(node.namespace, `route add ${of.outside} via ${of.balancer}`);
  for (const key of ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"])
    runIn(node.namespace, "sysctl", "-qw", key);
  const inNamespace = (
    namespace: NetworkNamespace,
    program: string,
    ...args: readonly string[]
  ): ChildProcess => {
    const child = namespace.run(() =>
      spawn(program, args, { stdio: ["ignore", "pipe", "ignore"], detached: true }),
    );
    t.after(() => killGroup(child));
    return child;
  };
  await once(inNamespace(inPod, process.execPath, "-e", pod).stdout ?? assert.fail(), "data");
  const dataplane = await openNftablesDataplane(node.namespace);
  t.after(() => dataplane.close());
  const frontends = [
    nodePort(family, places.cluster.nodePort, true),
    nodePort(family, places.local.nodePort, false),
  ];
  await dataplane.apply({
    node: "node-2",
    nodePortAddresses: [of.node],
    nodeAddresses: [of.node, of.nodeAtPod],
    podCIDRs: [`${of.pod}/${family === "IPv4" ? 32 : 128}`],
    frontends: new Map(frontends.map((frontend) => [frontend.key, frontend])),
  });
  const folder = mkdtempSync(join(tmpdir(), "pt-client-address-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const seenAt: World["seenAt"] = async (place) => {
    const { stdout } = await outside.run(() =>
      run(process.execPath, ["-e", ask, of.virtual, String(places[place].port)]),
    );
    const [client = "", header = ""] = stdout.trim().split(" ");
    return client === "" ? undefined : { client, header };
  };
  return {
    balancer,
    seenAt,
    async startProxy() {
      ip(balancer.namespace, `route add ${of.pod} via ${of.node}`);
      const proxy = await openNftablesDataplane(balancer.namespace);
      t.after(() => proxy.close());
      const frontend = nodePort(family, places.proxy.port, true);
      await proxy.apply({
        node: "node-1",
        nodePortAddresses: [of.virtual],
        nodeAddresses: [of.balancer, of.virtual],
        podCIDRs: [`${of.pod}/${family === "IPv4" ? 32 : 128}`],
        frontends: new Map([[frontend.key, frontend]]),
      });
      return proxy;
    },
    async startBalancer(...flags) {
      const file = join(folder, "lb.yaml");
      const withHeader = flags.includes("userspace");
      writeFileSync(file, balancerConfig(family, withHeader));
      const child = inNamespace(
        balancer.namespace,
        porthole,
        "lb",
        "--config",
        file,
        "--slow-start",
        "0",
        ...flags,
      );
      child.stdout?.resume();
      while ((await seenAt("cluster")) === undefined || (await seenAt("local")) === undefined);
    },
  };
}

function nodePort(family: Family, port: number, masquerade: boolean): Frontend {
  const target = { kind: "forward", backends: [backend(addresses[family].pod, 8080, true)] } as const;
  return {
    key: frontendKey("NodePort", family, "TCP", undefined, port),
    kind: "NodePort",
    family,
    protocol: "TCP",
    port,
    service: { namespace: "default", name: `at-${port}`, port: "" },
    external: target,
    internal: target,
    masquerade,
  };
}

function balancerConfig(family: Family, withHeader: boolean): string {
  const { virtual, node, outside, stranger } = addresses[family];
  const frontend = (name: keyof typeof places, more: object) => ({
    name,
    address: virtual,
    ...places[name],
    ...more,
  });
  return JSON.stringify({
    nodes: [node],
    frontends: [
      frontend("cluster", {}),
      frontend("local", {}),
      ...(withHeader ? [frontend("header", { proxyProtocol: "v1" })] : []),
      frontend("guarded", { sourceRanges: [stranger] }),
      frontend("allowed", { sourceRanges: [outside] }),
    ],
  });
}

const rows: readonly (readonly [flags: readonly string[], cluster: Person, local: Person])[] = [
  [["--mode", "userspace"], "node", "balancer"],
  [["--mode", "nftables"], "node", "balancer"],
  [["--mode", "nftables", "--source-address", "keep"], "node", "client"],
];

for (const family of ["IPv4", "IPv6"] as const) {
  for (const [flags, cluster, local] of rows) {
    test(
      `${family}, ${flags.join(" ")}: the pod sees the ${cluster}, with policy Local the ${local}`,
      options,
      async (t) => {
        const { startBalancer, seenAt } = await makeWorld(t, family);
        await startBalancer(...flags);
        // A node masquerades as the address that it has towards the pod.
        const named = { ...addresses[family], node: addresses[family].nodeAtPod };
        assert.equal((await seenAt("cluster"))?.client, named[cluster]);
        assert.equal((await seenAt("local"))?.client, named[local]);
      },
    );
  }

  test(`${family}: a PROXY header tells the pod the client's address`, options, async (t) => {
    const { startBalancer, seenAt } = await makeWorld(t, family);
    await startBalancer("--mode", "userspace");
    assert.equal((await seenAt("header"))?.header, addresses[family].client);
    assert.equal((await seenAt("cluster"))?.header, "none");
  });

  for (const mode of ["userspace", "nftables"]) {
    test(
      `${family}, --mode ${mode}: who is in the source ranges gets an answer, and nobody else`,
      options,
      async (t) => {
        const { startBalancer, seenAt } = await makeWorld(t, family);
        await startBalancer("--mode", mode);
        assert.notEqual(await seenAt("allowed"), undefined);
        assert.equal(await seenAt("guarded"), undefined);
      },
    );
  }

  test(
    `${family}: a balancer and a node's proxy on one machine leave each other alone`,
    options,
    async (t) => {
      const { startBalancer, startProxy, seenAt } = await makeWorld(t, family);
      await startBalancer("--mode", "nftables");
      assert.equal(await seenAt("proxy"), undefined);
      const proxy = await startProxy();
      assert.equal((await seenAt("proxy"))?.client, addresses[family].balancer);
      assert.equal((await seenAt("local"))?.client, addresses[family].balancer);
      assert.equal(await seenAt("guarded"), undefined);
      await proxy.heal?.();
      assert.notEqual(await seenAt("cluster"), undefined);
    },
  );
}
