/**
 * Which UDP flows must be forgotten, for all dataplanes that translate addresses in the kernel. Connection tracking translates a flow
 * as it began for as long as packets come: to an endpoint that has gone, or not at all if it began before the Service did. Pure.
 */
import { backendsOf, type Frontend, joinHostPort } from "../forwarding/index.ts";
import { type Flow, IPPROTO_UDP, IPS_DYING } from "../netlink/conntrack/index.ts";

/** What a flow's destination is compared with. */
export interface FlowTargets {
  readonly frontends: Iterable<Frontend>;
  readonly nodePortAddresses: readonly string[];
}

/**
 * Returns what says of a flow whether it must be forgotten: it goes to one of these frontends, and who answers it is not an
 * endpoint that serves, whatever policy and topology say (Kubernetes, pkg/proxy/conntrack/cleanup.go). Where nobody serves, flows are
 * left alone: there is nowhere to lead them. TCP flows end by themselves and SCTP associations are the endpoints' own matter;
 * flows in another zone than 0 are somebody else's.
 */
export function staleFlowTest(targets: FlowTargets): (flow: Flow) => boolean {
  const serving = servingByDestination(targets);
  return ({ protocol, zone, status, original, reply }) => {
    if (protocol !== IPPROTO_UDP || zone !== 0 || (status & IPS_DYING) !== 0) return false;
    const endpoints = serving.get(joinHostPort(original.destination, original.destinationPort ?? 0));
    return endpoints !== undefined && !endpoints.has(joinHostPort(reply.source, reply.sourcePort ?? 0));
  };
}

/** The endpoints that serve each `address:port` of a UDP frontend that somebody serves. */
function servingByDestination(targets: FlowTargets): ReadonlyMap<string, ReadonlySet<string>> {
  const result = new Map<string, ReadonlySet<string>>();
  for (const frontend of udpFrontends(targets.frontends)) {
    const endpoints = new Set(servingEndpoints(frontend));
    if (endpoints.size === 0) continue;
    for (const address of addressesOf(frontend, targets.nodePortAddresses))
      result.set(joinHostPort(address, frontend.port), endpoints);
  }
  return result;
}

/** Keys of the endpoints that serve, whatever policy and topology say. */
export function servingEndpoints(frontend: Frontend): readonly string[] {
  return frontend.serving ?? backendsOf(frontend).map(({ key }) => key);
}

export function udpFrontends(frontends: Iterable<Frontend>): readonly Frontend[] {
  return [...frontends].filter(({ protocol }) => protocol === "UDP");
}

function addressesOf({ address, family }: Frontend, nodePortAddresses: readonly string[]): readonly string[] {
  if (address !== undefined) return [address];
  return nodePortAddresses.filter((candidate) => candidate.includes(":") === (family === "IPv6"));
}
