/** Says what decide expects of a packet in the world, and whether that was seen. */
import {
  type Decision,
  decide,
  type ForwardingTable,
  familyOf,
  formatServicePortName,
  joinHostPort,
  type PacketState,
  scopeOf,
} from "../../forwarding/index.ts";
import type { Answer } from "../conformance-harness.ts";
import { podPort, type RandomPacket } from "./random-traffic.ts";

export interface JudgeOptions {
  /** Backends see the client's own address where the table says so. */
  readonly keepsSources: boolean;
}

export function decidePacket(table: ForwardingTable, packet: RandomPacket, state?: PacketState): Decision {
  const { from, to, protocol, port } = packet;
  const source = { address: from, scope: scopeOf(table, from) };
  return decide(table, { from: source, to, protocol, port, ...(state && { state }) });
}

/** What an affinity is for: client and Service port, whatever the frontend. Undefined where there is none. */
export function affinityOf(table: ForwardingTable, packet: RandomPacket): string | undefined {
  const decision = decidePacket(table, packet);
  if (decision.verdict !== "forward" || decision.affinitySeconds === undefined) return undefined;
  const { service, protocol } = decision.frontend;
  return [packet.from, protocol, formatServicePortName(service)].join(" ");
}

/** Returns what is wrong with an answer, undefined if nothing is. Pods answer with their address as name. */
export function judgePacket(
  table: ForwardingTable,
  packet: RandomPacket,
  decision: Decision,
  { outcome, backend, saw }: Answer,
  { keepsSources }: JudgeOptions,
): string | undefined {
  const seen = [outcome, backend && `from ${backend}`, saw && `which saw ${saw}`].filter(Boolean).join(" ");
  const wrong = (expected: string) =>
    `${packet.from} -> ${joinHostPort(packet.to, packet.port)}/${packet.protocol}: expected ${expected}, seen ${seen}; ${JSON.stringify(decision.reasons)}`;
  switch (decision.verdict) {
    case "drop":
      return outcome === "silent" ? undefined : wrong("silence");
    case "reject":
      return outcome === "refused" ? undefined : wrong("a refusal");
    case "not-ours":
      return judgeOther(table, packet, outcome, backend, saw, wrong);
    case "forward": {
      const key = joinHostPort(backend ?? "", podPort);
      const names = decision.backends.map(({ address }) => address);
      if (outcome !== "reply" || !names.includes(backend ?? "")) return wrong(`a reply from ${names}`);
      if (!keepsSources) return undefined;
      const isKept = decision.source === "kept" && decision.hairpin !== key;
      if (isKept) return saw === packet.from ? undefined : wrong("the source kept");
      return table.nodeAddresses.includes(saw ?? "") ? undefined : wrong("the node as source");
    }
    default:
      return decision satisfies never;
  }
}

/** Whether the client hears something: then it is worth waiting for, however busy the machine is. */
export function expectsAnswer(table: ForwardingTable, { to }: RandomPacket, { verdict }: Decision): boolean {
  if (verdict === "drop") return false;
  return (
    verdict !== "not-ours" || table.nodeAddresses.includes(to) || isClusterAddress(table, to) || isPod(to)
  );
}

/** What no Service is addressed by goes on as if there were no dataplane, but on cluster addresses it is refused. */
function judgeOther(
  table: ForwardingTable,
  packet: RandomPacket,
  outcome: Answer["outcome"],
  backend: string | undefined,
  saw: string | undefined,
  wrong: (expected: string) => string,
): string | undefined {
  const { from, to, port } = packet;
  if (table.nodeAddresses.includes(to)) return outcome === "refused" ? undefined : wrong("a refusal");
  if (isClusterAddress(table, to)) return outcome === "refused" ? undefined : wrong("a refusal");
  if (isPod(to)) {
    if (port !== podPort) return outcome === "refused" ? undefined : wrong("a refusal by the pod");
    return backend === to && saw === from ? undefined : wrong("the pod's own answer");
  }
  return outcome === "reply" ? wrong("no reply") : undefined;
}

function isClusterAddress({ frontends }: ForwardingTable, to: string): boolean {
  return [...frontends.values()].some(({ kind, address }) => kind === "ClusterIP" && address === to);
}

function isPod(address: string): boolean {
  return address.startsWith(familyOf(address) === "IPv4" ? "10.180." : "fd00:180:");
}
