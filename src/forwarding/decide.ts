/** decide: what must happen to a packet, in plain TypeScript. Every dataplane is tested against it. */
import { assertNever } from "../lib/assert-never.ts";
import { keptByAffinity, keptByConnection } from "./decide-by-state.ts";
import type { Decision, MasqueradeReason, Packet, Reason } from "./decision.ts";
import { findFrontend } from "./find-frontend.ts";
import type { Backend, ForwardingTable, Frontend, Target } from "./forwarding-table.ts";
import { isInCidrs } from "./ip-address.ts";

/**
 * Says what the node that the table is for must do with a packet, and why. Pure: where several backends are possible
 * all are returned, and the dataplane chooses at random.
 *
 * NOTE: it is not asked about connections whose frontend is gone; TCP ones live on where they were led.
 */
export function decide(table: ForwardingTable, packet: Packet): Decision {
  const found = findFrontend(table, packet);
  if (found.frontend === undefined) return { verdict: "not-ours", reasons: [found.reason] };
  const { frontend } = found;
  const reasons: Reason[] = [found.reason];

  const kept = keptByConnection(frontend, packet, reasons);
  if (kept) return forward(table, frontend, packet, [kept], reasons);

  const target = targetFor(frontend, packet, reasons);
  const { sourceRanges } = frontend;
  // Where nobody serves there is nothing to keep anybody from: all are told at once, as by kube-proxy.
  if (target.kind !== "reject" && sourceRanges && !isInCidrs(packet.from.address, sourceRanges)) {
    reasons.push({ code: "source-not-in-ranges", address: packet.from.address, ranges: sourceRanges });
    return { verdict: "drop", frontend, reasons };
  }
  switch (target.kind) {
    case "reject":
      reasons.push({ code: target.reason });
      return { verdict: "reject", frontend, reasons };
    case "drop":
      reasons.push({ code: target.reason });
      return { verdict: "drop", frontend, reasons };
    case "forward": {
      if (target.choice) {
        reasons.push({ code: "endpoints-chosen", choice: target.choice, count: target.backends.length });
      }
      const sticky = keptByAffinity(frontend, target.backends, packet, reasons);
      return forward(table, frontend, packet, sticky ? [sticky] : target.backends, reasons);
    }
    default:
      return assertNever(target);
  }
}

/** Policy Local is for what comes from outside: the node's own traffic and its pods' may go to any endpoint. */
function targetFor(frontend: Frontend, { from }: Packet, reasons: Reason[]): Target {
  if (from.scope === "external") return frontend.external;
  if (!frontend.masquerade) reasons.push({ code: "short-circuited", scope: from.scope });
  return frontend.internal;
}

function forward(
  table: ForwardingTable,
  frontend: Frontend,
  packet: Packet,
  backends: readonly Backend[],
  reasons: Reason[],
): Decision {
  const source = sourceFor(table, frontend, packet, reasons);
  const hairpin = backends.find(({ address }) => address === packet.from.address)?.key;
  if (hairpin !== undefined) reasons.push({ code: "hairpin", backend: hairpin });
  return {
    verdict: "forward",
    frontend,
    backends,
    source,
    ...(hairpin !== undefined && { hairpin }),
    ...(frontend.affinitySeconds !== undefined && { affinitySeconds: frontend.affinitySeconds }),
    reasons,
  };
}

/**
 * The source must become the node's wherever the answer would otherwise not come back through this node: when the
 * endpoint may be on another node, and when the client cannot know that the cluster address stood for it.
 */
function sourceFor(
  { masqueradeAll }: ForwardingTable,
  frontend: Frontend,
  { from }: Packet,
  reasons: Reason[],
): "kept" | "masqueraded" {
  const masqueraded = (because: MasqueradeReason) => {
    reasons.push({ code: "source-masqueraded", because });
    return "masqueraded" as const;
  };
  const kept = (because: "policy-local" | "local-pod-to-cluster-ip") => {
    reasons.push({ code: "source-kept", because });
    return "kept" as const;
  };
  if (from.scope === "node") return masqueraded("node-traffic");
  if (frontend.kind === "ClusterIP") {
    if (from.scope !== "local-pod") return masqueraded("outside-to-cluster-ip");
    return masqueradeAll ? masqueraded("masquerade-all") : kept("local-pod-to-cluster-ip");
  }
  return frontend.masquerade ? masqueraded("policy-cluster") : kept("policy-local");
}
