/** Compares what happens to random packets with what decide says, table after table. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ForwardingTable, PacketState } from "../../forwarding/index.ts";
import { families } from "../../forwarding/testing/world.ts";
import type { Disturbance, TestClient } from "../conformance-harness.ts";
import { probe } from "../conformance-steps.ts";
import { addressPlan } from "./address-plan.ts";
import { affinityOf, decidePacket, expectsAnswer, type JudgeOptions, judgePacket } from "./judge-packet.ts";
import type { NodeWorld, Speaker } from "./node-world.ts";
import { createPeerClient } from "./peer-client.ts";
import { anyTraffic, podPort, type RandomPacket, type RandomTraffic } from "./random-traffic.ts";
import { StandingTraffic } from "./standing-traffic.ts";

const packetsPerTable = 30;
/** How many of them stay open across the next tables. */
const standingPerTable = 6;
/** Silence is expected, or as good as any other answer than a reply. */
const shortPatienceMs = 200;

/** A world, a dataplane on it, and how to judge it. */
export interface AgreementSetup extends JudgeOptions {
  readonly world: NodeWorld;
  readonly host: URL;
  /** What may happen to the dataplane between two tables, by name. */
  readonly upsets?: ReadonlyMap<string, Disturbance>;
  /** It may also be killed and started again. */
  readonly restarts?: boolean;
}

/** By the environment: PORTHOLE_PACKETS (how many in all, 600) and PORTHOLE_SEED. */
export function agreementRun(): { readonly numRuns: number; readonly seed: number } {
  const { PORTHOLE_PACKETS = "600", PORTHOLE_SEED } = process.env;
  return {
    numRuns: Math.ceil(Number(PORTHOLE_PACKETS) / packetsPerTable),
    seed: Number(PORTHOLE_SEED ?? Date.now() % 2 ** 31),
  };
}

/** Starts a server in each pod, named by its address; they end with the world. */
export async function startPods({ peers }: NodeWorld): Promise<void> {
  const start = async (speaker: Speaker, address: string) => {
    for (const protocol of ["TCP", "UDP"] as const) {
      await peers[speaker].call("startBackend", { name: address, protocol, address, port: podPort });
    }
  };
  for (const { pods, farPods } of families.map(addressPlan)) {
    await start("pod-a1", pods[0]);
    await start("pod-a2", pods[1]);
    for (const pod of farPods) await start("far", pod);
  }
}

/**
 * Rejects with the smallest table and packets that it finds to be treated in another way than decide says, and closes the
 * world's connections. Each table replaces the one before, so a failure may depend on what came before it.
 */
export async function assertAgreement(setup: AgreementSetup, run = agreementRun()): Promise<void> {
  const { world, host, upsets = new Map(), restarts = false } = setup;
  const standing = new StandingTraffic();
  let dataplane = await world.openDataplane(host);
  let hasApplied = false;
  const restart: Disturbance = {
    async run() {
      await dataplane.kill();
      dataplane = await world.openDataplane(host);
    },
  };
  const all = new Map([...upsets, ...(restarts ? [["killed and started again", restart] as const] : [])]);
  const disturb = async (name: string) => {
    const disturbance = all.get(name);
    if (disturbance?.endsConnections) await standing.close();
    await disturbance?.run();
  };
  const property = fc.asyncProperty(
    anyTraffic(packetsPerTable, [...all.keys()]),
    async ({ upset, table, packets }: RandomTraffic) => {
      if (upset !== undefined && hasApplied) await disturb(upset);
      await dataplane.apply(table);
      hasApplied = true;
      const problems = [await standing.check(table), await sendAll(world, table, packets, setup)];
      assert.deepEqual(problems.flat(), []);
      const answered = packets.filter((packet) => decidePacket(table, packet).verdict === "forward");
      const senders = answered.slice(0, standingPerTable).map((packet) => ({
        packet,
        client: clientFor(world, packet),
      }));
      await standing.open(senders);
    },
  );
  const interruptAfterTimeLimit = 60_000 + run.numRuns * packetsPerTable * 20;
  try {
    await fc.assert(property, { ...run, interruptAfterTimeLimit, markInterruptAsFailure: false });
  } finally {
    await standing.close();
  }
}

/** Clients with an affinity send one packet after the other, since each is to be led where the one before was. */
async function sendAll(
  world: NodeWorld,
  table: ForwardingTable,
  packets: readonly RandomPacket[],
  options: JudgeOptions,
): Promise<readonly string[]> {
  const groups = Map.groupBy(packets, (packet) => affinityOf(table, packet) ?? packet);
  const problems = await Promise.all(
    [...groups.values()].map((group) => sendInTurn(world, table, group, options)),
  );
  return problems.flat();
}

async function sendInTurn(
  world: NodeWorld,
  table: ForwardingTable,
  packets: readonly RandomPacket[],
  options: JudgeOptions,
): Promise<readonly string[]> {
  const problems: string[] = [];
  let state: PacketState | undefined;
  for (const packet of packets) {
    const decision = decidePacket(table, packet, state);
    const client = clientFor(world, packet);
    const place = { address: packet.to, port: packet.port };
    const patience = expectsAnswer(table, packet, decision) ? undefined : shortPatienceMs;
    const answer = await probe(client, packet.protocol, place, patience);
    const problem = judgePacket(table, packet, decision, answer, options);
    if (problem !== undefined) problems.push(problem);
    if (decision.verdict === "forward" && decision.affinitySeconds !== undefined) {
      const used = decision.backends.find(({ address }) => address === answer.backend);
      state = used && { affinity: { backend: used.key, ageSeconds: 0 } };
    }
  }
  return problems;
}

function clientFor({ peers }: NodeWorld, { from }: RandomPacket): TestClient {
  return createPeerClient(peers[speakerAt(from)], from);
}

function speakerAt(address: string): Speaker {
  for (const { clients, nodeAddresses, pods } of families.map(addressPlan)) {
    if (clients.includes(address)) return "client";
    if (nodeAddresses.includes(address)) return "node";
    if (address === pods[0]) return "pod-a1";
    if (address === pods[1]) return "pod-a2";
  }
  return "far";
}
