import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Diagnosis } from "../src/inspect/index.ts";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type HostNamespace, makeHostNamespace, namespacesOf } from "./support/host-namespace.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

const run = promisify(execFile);
/** A proxy reports a moment after it has started: the doctor is asked again, so often and at most so many times. */
const retryMs = 200;
const mostRetries = 100;

const synAck =
  "add table ip odd; add chain ip odd out { type filter hook output priority -300; }; add rule ip odd out tcp dport 9 @th,104,8 set 0x12";
const connectOften =
  'for (let i = 0; i < 600; i++) net.connect(9, "127.0.0.1").on("error", () => {}); setTimeout(process.exit, 500);';

const rulesLeft = [
  "-t nat -N KUBE-SERVICES",
  "-N KUBE-FORWARD",
  "-N SITE-WALL",
  "-A SITE-WALL -j KUBE-FORWARD",
].map((args) => `iptables-nft -w ${args}`);

/** Each is done to node-2's system. */
const faults: readonly (readonly [id: string, command: readonly string[]])[] = [
  ["forwarding-off", ["sysctl", "-qw", "net.ipv4.ip_forward=0"]],
  ["firewall-drops-by-default", ["iptables", "-P", "FORWARD", "DROP"]],
  ["node-port-ephemeral", ["sysctl", "-qw", "net.ipv4.ip_local_port_range=15000 60999"]],
  [
    "strict-reverse-path",
    ["bash", "-c", "ip link add second type bridge && sysctl -qw net.ipv4.conf.all.rp_filter=1"],
  ],
  ["kube-proxy-beside", ["bash", "-c", rulesLeft.join(" && ")]],
  ["mtu-shrinks-on-the-way-out", ["ip", "link", "set", "eth0", "mtu", "1400"]],
  // SYN and ACK together begin no connection; the answer belongs to none either.
  [
    "packets-out-of-place",
    ["bash", "-c", `nft '${synAck}' && exec "${process.execPath}" -e '${connectOften}'`],
  ],
];

describe("the doctor of nodes whose systems are in the way", { timeout: 110_000, ...needsRoot }, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  before(async () => {
    host = await makeHostNamespace();
    cluster = await startLocalCluster(["--dataplane", "nftables"], (start) => host.enter(start));
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
  });

  /** Exit status 1 says that there are errors. */
  const findings = async (): Promise<readonly Diagnosis[]> => {
    const started = host.enter(() =>
      run(porthole, ["doctor", "--kubeconfig", cluster.kubeconfig, "-o", "json"]),
    );
    const { stdout } = await started.catch((error: { stdout: string }) => error);
    return JSON.parse(stdout) as readonly Diagnosis[];
  };

  const inNode = async (name: string, ...command: readonly string[]) => {
    const node = namespacesOf(cluster.pid).find((namespace) => namespace.endsWith(name));
    return host.run("ip", "netns", "exec", node ?? name, ...command);
  };
  /** What a node's system is like is read at the start, and then every minute. */
  const restartProxyOf = (name: string) => {
    const proxy = cluster.components().get(name);
    assert.ok(proxy);
    process.kill(proxy, "SIGKILL");
  };

  test("finds nothing on nodes that are well", async () => {
    await host.enter(() =>
      run(porthole, ["status", "--wait", "default/demo-service", "--kubeconfig", cluster.kubeconfig]),
    );
    assert.deepEqual(await findings(), []);
  });

  test("sees a tunnel to other nodes' pods that takes less than pods send", async () => {
    const routes = (await inNode("node-1", "ip", "route")).split("\n");
    const toPods = routes.find((route) => route.includes(" via ") && !route.startsWith("default"));
    const [destination = ""] = toPods?.split(" ") ?? [];
    const tunnel = `ip link add tunnel type bridge && ip link set tunnel mtu 1400 up && ip route replace ${destination} dev tunnel`;
    await inNode("node-1", "bash", "-c", tunnel);
    restartProxyOf("node-1");
    let found: Diagnosis | undefined;
    for (let attempt = 0; attempt < mostRetries && !found; attempt++) {
      found = (await findings()).find(({ id }) => id === "mtu-shrinks-on-the-way-out");
      if (!found) await delay(retryMs);
    }
    assert.equal(found?.object, "Node node-1");
    assert.ok(found.evidence.startsWith(`tunnel (MTU 1400) leads to the pods of ${destination}, behind `));
  });

  test("names each of them, and a program that listens on the NodePort", async () => {
    const node = namespacesOf(cluster.pid).find((name) => name.endsWith("node-2")) ?? "";
    assert.notEqual(node, "");
    for (const [, command] of faults) await inNode("node-2", ...command);
    const listener = host.enter(() =>
      execFile("ip", [
        "netns",
        "exec",
        node,
        process.execPath,
        "-e",
        "net.createServer().listen(30080, '0.0.0.0')",
      ]),
    );
    try {
      restartProxyOf("node-2");
      const following = [
        "rules-count-on-kube-proxy",
        "mtu-differs-between-nodes",
        "node-port-shadows-a-program",
      ];
      const wanted = [...faults.map(([id]) => id), ...following].sort();
      let ids: readonly string[] = [];
      for (let attempt = 0; attempt < mostRetries; attempt++) {
        const found = (await findings()).filter(
          ({ object, evidence }) => object === "Node node-2" || evidence.includes("node-2"),
        );
        ids = [...new Set(found.map(({ id }) => id))].filter((id) => wanted.includes(id)).sort();
        if (ids.length === wanted.length) break;
        await delay(retryMs);
      }
      assert.deepEqual(ids, wanted);
    } finally {
      listener.kill();
    }
  });
});
