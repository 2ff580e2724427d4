/** Finds the frontend that a packet is addressed to. */
import type { Packet, Reason } from "./decision.ts";
import type { ForwardingTable, Frontend, FrontendKind } from "./forwarding-table.ts";
import { frontendKey } from "./frontend-key.ts";
import { familyOf } from "./ip-address.ts";

const kindsWithAddress: readonly FrontendKind[] = ["ClusterIP", "LoadBalancerIP", "ExternalIP"];

type Found =
  | { readonly frontend: Frontend; readonly reason: Reason }
  | { readonly frontend: undefined; readonly reason: Reason };

/**
 * Looks for a frontend with exactly that address first and for a NodePort after it: a Service may have an address of the
 * node as external address, with a port that another one has as its NodePort.
 */
export function findFrontend(
  table: ForwardingTable,
  packet: Pick<Packet, "to" | "protocol" | "port">,
): Found {
  const { to, protocol, port } = packet;
  const family = familyOf(to);
  if (family === undefined)
    return { frontend: undefined, reason: { code: "no-frontend", to, protocol, port } };
  for (const kind of kindsWithAddress) {
    const frontend = table.frontends.get(frontendKey(kind, family, protocol, to, port));
    if (frontend) return matched(frontend);
  }
  const nodePort = table.frontends.get(frontendKey("NodePort", family, protocol, undefined, port));
  if (!nodePort) return { frontend: undefined, reason: { code: "no-frontend", to, protocol, port } };
  if (table.nodePortAddresses.includes(to)) return matched(nodePort);
  return {
    frontend: undefined,
    reason: { code: "not-a-node-port-address", to, frontend: nodePort.key },
  };
}

function matched(frontend: Frontend): Found {
  const { key, kind, service } = frontend;
  return { frontend, reason: { code: "frontend-matched", frontend: key, kind, service } };
}
