import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { buildForwardingTable, type Family } from "../forwarding/index.ts";
import { addressOf, families, makeService, makeSlices, nodeView } from "../forwarding/testing/world.ts";
import { type NetworkNamespace, openNetworkNamespace } from "../kernel/index.ts";
import { needsRoot, runIn } from "../kernel/testing/kernel-test.ts";
import type { Dataplane, FrontendCounters } from "./dataplane.ts";
import { openIptablesDataplane } from "./iptables/index.ts";
import { openNftablesDataplane } from "./nftables/index.ts";
import { type NodeWorld, openNodeWorld } from "./testing/node-world.ts";

const run = promisify(execFile);

/** Sends so many datagrams, whatever comes back. */
const sendUdp = `const [, family, address, port, count] = process.argv; let left = Number(count);
const s = require("dgram").createSocket(family);
s.on("error", () => {});
const next = () => (left-- > 0 ? s.send("x", Number(port), address, next) : s.close());
next();`;
/** Tries to connect for a moment. */
const connectTcp = `const [, address, port] = process.argv;
const s = require("net").connect(Number(port), address);
s.on("error", () => {}); s.setTimeout(300, () => s.destroy());`;

const nobody = { port: 80, targetPort: 8080, nodePort: 30_081, protocol: "UDP" } as const;
const elsewhere = { ...nobody, nodePort: 30_082 } as const;
const guarded = { ...nobody, nodePort: 30_083 } as const;
const served = { ...nobody, nodePort: 30_084, protocol: "TCP" } as const;
const vipOf = (family: Family) => addressOf(family, "vip");

type Open = (namespace: NetworkNamespace) => Promise<Dataplane>;

const dataplanes: readonly (readonly [string, Open])[] = [
  ["nftables", (namespace) => openNftablesDataplane(namespace)],
  ["iptables-nft", (namespace) => openIptablesDataplane({ namespace, variant: "nft" })],
  ["iptables-legacy", (namespace) => openIptablesDataplane({ namespace, variant: "legacy" })],
];

for (const [name, open] of dataplanes) {
  describe(`what ${name} turns away is counted, packet by packet`, { timeout: 60_000, ...needsRoot }, () =>
    countsWhatItTurnsAway(name, open),
  );
}

function countsWhatItTurnsAway(name: string, open: Open): void {
  let world: NodeWorld;
  let node: NetworkNamespace;
  let client: NetworkNamespace;
  let dataplane: Dataplane;

  before(async () => {
    world = await openNodeWorld();
    node = await openNetworkNamespace(world.namespaces.node);
    client = await openNetworkNamespace(world.namespaces.client);
    dataplane = await open(node);
    await dataplane.apply(table());
  });
  after(async () => {
    await dataplane?.close(0);
    client?.[Symbol.dispose]();
    node?.[Symbol.dispose]();
    await world?.close();
  });

  const table = (left: readonly string[] = []) => {
    const services = [
      makeService("nobody", { spec: { ports: [nobody] } }),
      makeService("elsewhere", { spec: { ports: [elsewhere], externalTrafficPolicy: "Local" } }),
      makeService("guarded", {
        spec: {
          type: "LoadBalancer",
          ports: [guarded],
          loadBalancerSourceRanges: ["10.1.0.0/16", "fd77::/64"],
        },
        status: { loadBalancer: { ingress: families.map((family) => ({ ip: vipOf(family) })) } },
      }),
      makeService("served", { spec: { ports: [served] } }),
    ];
    const ports = [{ name: "", port: 8080, protocol: "UDP" as const }];
    return buildForwardingTable({
      node: nodeView("node-a"),
      services: services.filter(({ metadata }) => !left.includes(metadata?.name ?? "")),
      endpointSlices: [
        ...makeSlices(["b1"], { ports, service: "elsewhere" }),
        ...makeSlices(["a1"], { ports, service: "guarded" }),
        ...makeSlices(["a1"], { ports: [{ name: "", port: 8080, protocol: "TCP" }], service: "served" }),
      ],
    }).table;
  };
  const inClient = (script: string, ...args: string[]) =>
    run("ip", ["netns", "exec", world.namespaces.client, process.execPath, "-e", script, ...args]);
  const send = (family: string, address: string, port: number, count: number) =>
    inClient(sendUdp, family === "IPv4" ? "udp4" : "udp6", address, String(port), String(count));
  const counted = async (key: string): Promise<Pick<FrontendCounters, "refused" | "dropped">> => {
    await dataplane.refreshCounters?.();
    const { refused, dropped } = dataplane.counters?.().get(key) ?? {};
    return { ...(refused !== undefined && { refused }), ...(dropped && { dropped }) };
  };

  for (const family of families) {
    const vip = vipOf(family);
    const nodeAddress = addressOf(family, "node-a");
    const cases = [
      {
        why: "refused, where there is no endpoint",
        key: `NodePort/${family}/UDP/*:30081`,
        to: nodeAddress,
        port: 30_081,
        says: { refused: 17 },
      },
      {
        why: "dropped, where policy Local has no endpoint here",
        key: `NodePort/${family}/UDP/*:30082`,
        to: nodeAddress,
        port: 30_082,
        says: { dropped: { "no-local-endpoints": 17 } },
      },
      {
        why: "dropped, where the source may not come",
        key: `LoadBalancerIP/${family}/UDP/${family === "IPv4" ? vip : `[${vip}]`}:80`,
        to: vip,
        port: 80,
        says: { dropped: { "source-not-in-ranges": 17 } },
      },
    ];
    for (const { why, key, to, port, says } of cases) {
      test(`${family}: ${why}`, async () => {
        assert.deepEqual(await counted(key), {});
        await send(family, to, port, 17);
        assert.deepEqual(await counted(key), says);
      });
    }

    const isEachFrontends =
      name === "nftables" ? {} : { skip: "its rule against such packets is one for all frontends" };
    test(`${family}: dropped, where connection tracking cannot place them`, isEachFrontends, async () => {
      const word = family === "IPv4" ? "ip" : "ip6";
      // SYN and ACK together begin no connection.
      const chain =
        "chain out { type filter hook output priority 0; tcp dport 30084 @th,104,8 set 0x12 counter\n }";
      runIn(client, "nft", `table ${word} odd {\n${chain}\n}`);
      await inClient(connectTcp, nodeAddress, "30084");
      const sent = Number(runIn(client, "nft", "list", "table", word, "odd").match(/packets (\d+)/)?.[1]);
      runIn(client, "nft", "delete", "table", word, "odd");
      assert.ok(sent > 0);
      assert.deepEqual(await counted(`NodePort/${family}/TCP/*:30084`), { dropped: { invalid: sent } });
    });
  }

  const isNft = name === "nftables" ? {} : { skip: "it has no sets of nftables" };
  test("nft takes what it prints of counters", isNft, () => {
    const text = runIn(node, "nft", "list", "ruleset");
    assert.match(text, / counter packets 17 bytes /);
    assert.equal(runIn(node, "nft", "--check", `flush ruleset\n${text}`), "");
  });

  const isIptables = name === "nftables" ? { skip: "it tells them by frontend" } : {};
  test(
    "what pods send that connection tracking cannot place is counted for all frontends together",
    isIptables,
    async () => {
      const pod = await openNetworkNamespace(world.namespaces["pod-a1"]);
      try {
        const dropped = async () => {
          await dataplane.refreshCounters?.();
          const name = "kubeproxy_iptables_ct_state_invalid_dropped_packets_total";
          return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(dataplane.metrics?.() ?? "")?.[1]);
        };
        assert.equal(await dropped(), 0);
        let sent = 0;
        for (const family of families) {
          const word = family === "IPv4" ? "ip" : "ip6";
          const chain =
            "chain out { type filter hook output priority 0; tcp dport 30084 @th,104,8 set 0x12 counter\n }";
          runIn(pod, "nft", `table ${word} odd {\n${chain}\n}`);
          await run("ip", [
            ...["netns", "exec", world.namespaces["pod-a1"], process.execPath, "-e", connectTcp],
            ...[addressOf(family, "client"), "30084"],
          ]);
          sent += Number(runIn(pod, "nft", "list", "table", word, "odd").match(/packets (\d+)/)?.[1]);
          runIn(pod, "nft", "delete", "table", word, "odd");
        }
        assert.ok(sent > 0);
        assert.equal(await dropped(), sent);
      } finally {
        pod[Symbol.dispose]();
      }
    },
  );

  test("a change of other Services loses no count", async () => {
    await dataplane.apply(table(["elsewhere"]));
    await send("IPv4", addressOf("IPv4", "node-a"), 30_081, 3);
    assert.deepEqual(await counted("NodePort/IPv4/UDP/*:30081"), { refused: 20 });
    await dataplane.apply(table());
    assert.deepEqual(await counted("NodePort/IPv4/UDP/*:30081"), { refused: 20 });
  });

  test("a Service that goes takes its counters along", async () => {
    await dataplane.apply(table(["nobody"]));
    await dataplane.refreshCounters?.();
    await dataplane.apply(table());
    assert.deepEqual(await counted("NodePort/IPv4/UDP/*:30081"), {});
  });
}
