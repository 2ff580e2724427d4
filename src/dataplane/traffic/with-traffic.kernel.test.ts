import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { buildForwardingTable } from "../../forwarding/index.ts";
import { addressOf, families, makeService, makeSlices, nodeView } from "../../forwarding/testing/world.ts";
import { type NetworkNamespace, openConntrack, openNetworkNamespace } from "../../kernel/index.ts";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import type { Dataplane } from "../dataplane.ts";
import { openNftablesDataplane } from "../nftables/index.ts";
import { type NodeWorld, openNodeWorld } from "../testing/node-world.ts";
import { withTraffic } from "./with-traffic.ts";

const run = promisify(execFile);
const targetPort = 8080;
const payloadBytes = 200;
/** RFC 791, RFC 8200, RFC 768 */
const headerBytes = { IPv4: 20 + 8, IPv6: 40 + 8 };

/** Answers every datagram with half of it. */
const echo = `const s = require("dgram").createSocket(process.argv[1]);
s.on("message", (m, from) => s.send(m.subarray(0, m.length / 2), from.port, from.address));
s.bind(${targetPort}, process.argv[2], () => console.log("ready"));`;

/** Sends datagrams one after the other, each when the last one was answered. */
const ask = `const [, family, address, port, count] = process.argv; let left = Number(count);
const s = require("dgram").createSocket(family);
const next = () => (left-- > 0 ? s.send(Buffer.alloc(${payloadBytes}), Number(port), address) : s.close());
s.on("message", next); next();`;

describe("what goes through NodePorts in the kernel is counted", { timeout: 60_000, ...needsRoot }, () => {
  let world: NodeWorld;
  let node: NetworkNamespace;
  let dataplane: Dataplane;
  const pods: ChildProcess[] = [];
  const inNamespace = (name: string, script: string, ...args: string[]) =>
    ["ip", "netns", "exec", name, process.execPath, "-e", script, ...args] as const;

  before(async () => {
    world = await openNodeWorld();
    node = await openNetworkNamespace(world.namespaces.node);
    dataplane = await withTraffic(await openNftablesDataplane(node), {
      namespace: node,
      onProblem: (problem) => assert.fail(problem),
    });
    for (const family of families) {
      const [program, ...args] = inNamespace(
        world.namespaces["pod-a1"],
        echo,
        family === "IPv4" ? "udp4" : "udp6",
        addressOf(family, "pod-a1"),
      );
      const pod = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
      pods.push(pod);
      await once(pod.stdout, "data");
    }
    const ports = [{ port: 80, targetPort, nodePort: 30_080, protocol: "UDP" as const }];
    await dataplane.apply(
      buildForwardingTable({
        node: nodeView("node-a"),
        services: [makeService("demo-service", { spec: { ports } })],
        endpointSlices: makeSlices(["a1"], { ports: [{ name: "", port: targetPort, protocol: "UDP" }] }),
      }).table,
    );
  });
  after(async () => {
    for (const pod of pods) pod.kill();
    await dataplane?.close(0);
    node?.[Symbol.dispose]();
    await world?.close();
  });

  const send = async (family: "IPv4" | "IPv6", count: number) => {
    const [program, ...args] = inNamespace(
      world.namespaces.client,
      ask,
      family === "IPv4" ? "udp4" : "udp6",
      addressOf(family, "node-a"),
      "30080",
      String(count),
    );
    await run(program, args);
  };
  const countersOf = async (family: string) => {
    await dataplane.refreshCounters?.();
    const counters = dataplane.counters?.().get(`NodePort/${family}/UDP/*:30080`);
    return counters && { ...counters };
  };

  for (const family of families) {
    test(`${family}: every packet and byte, both ways, while flows go on and after they ended`, async () => {
      assert.equal(await countersOf(family), undefined);
      await send(family, 25);
      await send(family, 7);
      const counted = {
        connections: 2,
        bytesReceived: 32 * (payloadBytes + headerBytes[family]),
        bytesSent: 32 * (payloadBytes / 2 + headerBytes[family]),
        packetsReceived: 32,
        packetsSent: 32,
      };
      assert.deepEqual(await countersOf(family), { ...counted, active: 2 });
      await using conntrack = await openConntrack(node);
      const flows: Parameters<typeof conntrack.deleteFlows>[0][number][] = [];
      await conntrack.visitFlows({ family, protocol: 17 }, (flow) => flows.push(flow));
      await conntrack.deleteFlows(flows);
      await untilEnded(family);
      assert.deepEqual(await countersOf(family), { ...counted, active: 0 });
    });
  }

  /** Events come over another socket than the list. */
  async function untilEnded(family: string): Promise<void> {
    for (;;) {
      const counters = await countersOf(family);
      if (counters?.active === 0 && counters.connections === 2) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});
