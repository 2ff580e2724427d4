/** followPacket: sends a packet from this machine and asks the kernel what became of it. */
import { setTimeout as delay } from "node:timers/promises";
import { joinHostPort } from "../../forwarding/index.ts";
import { tracePackets, watchFlows } from "../../kernel/index.ts";
import { formatAddressBytes } from "../../lib/address-bytes.ts";
import type { Flow } from "../../netlink/conntrack/index.ts";
import type { TraceInfo } from "../../netlink/nftables/index.ts";
import type { TraceQuery } from "../trace/trace.ts";
import type { Observation, PathStep } from "./observation.ts";
import { type Sent, sendPacket } from "./send-packet.ts";

const protocolNumbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;
/** Steps are told as the packet passes, so they have been sent when its outcome is known; this is for reading them. */
const readMs = 20;

/**
 * TCP and UDP. Runs on the node that the packet is to be followed on: needs CAP_NET_ADMIN in its network namespace; throws NetlinkError
 * without. `localAddress` is the source, one of this machine's.
 */
export async function followPacket(query: TraceQuery, localAddress?: string): Promise<Observation> {
  const steps: TraceInfo[] = [];
  const protocol = protocolNumbers[query.protocol];
  await using _tracing = await tracePackets(
    { address: query.address, port: query.port, protocol },
    (step) => {
      steps.push(step);
    },
  );
  const flows: Flow[] = [];
  using _flows = await watchFlows({
    flow: ({ kind, flow }) => {
      if (kind === "added" && leadsTo(flow, query, protocol)) flows.push(flow);
    },
    lost() {},
  });
  return await sendPacket(query, localAddress, async (sent) => {
    await delay(readMs);
    const first = steps.filter(({ id }) => id === steps[0]?.id);
    const from = sent.port === 0 ? (sourceOf(first) ?? sent) : sent;
    return {
      from: joinHostPort(from.address, from.port),
      outcome: sent.outcome,
      path: first.filter(isWorthTelling).map(pathStep),
      ...became(
        sent,
        first,
        flows.find(({ original }) => original.sourcePort === from.port),
      ),
    };
  });
}

/** Of struct iphdr and struct ipv6hdr: where the source stands; of all transport headers: the first two bytes. */
function sourceOf(
  steps: readonly TraceInfo[],
): { readonly address: string; readonly port: number } | undefined {
  const { networkHeader, transportHeader } =
    steps.find((step) => step.networkHeader && step.transportHeader) ?? {};
  if (!networkHeader || !transportHeader) return undefined;
  const isIPv4 = (networkHeader[0] ?? 0) >> 4 === 4;
  const address = formatAddressBytes(isIPv4 ? networkHeader.subarray(12, 16) : networkHeader.subarray(8, 24));
  return { address, port: ((transportHeader[0] ?? 0) << 8) | (transportHeader[1] ?? 0) };
}

function leadsTo(
  { original, protocol: number }: Flow,
  { address, port }: TraceQuery,
  protocol: number,
): boolean {
  return original.destination === address && original.destinationPort === port && number === protocol;
}

/** A packet that a rule dropped or refused begins no flow; to nf_tables a refusal is a drop. */
function became(
  { outcome }: Sent,
  steps: readonly TraceInfo[],
  flow: Flow | undefined,
): Pick<Observation, "verdict" | "backend" | "source" | "seenAs"> {
  if (steps.some(({ verdict }) => verdict?.code === "drop")) {
    return { verdict: outcome === "refused" ? "reject" : "drop" };
  }
  if (!flow) return { verdict: "not-ours" };
  const { original, reply } = flow;
  const isLed = reply.source !== original.destination || reply.sourcePort !== original.destinationPort;
  if (!isLed) return { verdict: "not-ours" };
  return {
    verdict: "forward",
    backend: joinHostPort(reply.source, reply.sourcePort ?? 0),
    source: reply.destination === original.source ? "kept" : "masqueraded",
    seenAs: reply.destination,
  };
}

/** Rules that only count, mark or look, and chains that end, say nothing of the way. */
function isWorthTelling({ type, verdict }: TraceInfo): boolean {
  const code = verdict?.code;
  return (
    code === "drop" || (type === "rule" && code !== undefined && code !== "continue" && code !== "return")
  );
}

function pathStep({ table, chain, type, verdict }: TraceInfo): PathStep {
  const target = verdict?.chain === undefined ? "" : ` ${verdict.chain}`;
  const text = `${verdict?.code ?? "continue"}${target}`;
  return {
    table,
    chain,
    verdict: type === "policy" ? `policy ${text}` : text,
  };
}
