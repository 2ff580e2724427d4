/** Builds all frontends of one Service. */
import { type Endpoint, type EndpointsByGroup, endpointGroup } from "./endpoint.ts";
import { chooseTargets, type Targets } from "./endpoint-selection.ts";
import type { Family, Frontend, FrontendKind } from "./forwarding-table.ts";
import { frontendKey } from "./frontend-key.ts";
import { isInCidrs } from "./ip-address.ts";
import type { NodeView } from "./node-view.ts";
import type { FamilyAddresses } from "./service-addresses.ts";
import type { DescribedPort, ServiceDescription } from "./service-description.ts";

/** Returns every frontend that the Service claims on this node; two may claim one place, see `FrontendClaims`. */
export function buildFrontends(
  description: ServiceDescription,
  endpoints: EndpointsByGroup,
  node: NodeView,
): readonly Frontend[] {
  return [...description.families].flatMap(([family, addresses]) =>
    description.ports.flatMap((port) => {
      const behind = endpoints.get(endpointGroup(family, port.protocol, port.name)) ?? [];
      const shared = sharedByAll(description, family, port, behind);
      const targets = chooseTargets(behind, node);
      return placesOf(addresses, port, node).map((place) =>
        buildFrontend(place, shared, targets, description),
      );
    }),
  );
}

type Shared = Pick<
  Frontend,
  "family" | "protocol" | "service" | "serving" | "affinitySeconds" | "proxyProtocol"
>;

function sharedByAll(
  { key, affinitySeconds, proxyProtocol }: ServiceDescription,
  family: Family,
  { name, protocol }: DescribedPort,
  behind: readonly Endpoint[],
): Shared {
  return {
    family,
    protocol,
    service: { ...key, port: name },
    serving: behind.filter(({ ready, serving }) => ready || serving).map(({ backend }) => backend.key),
    ...(affinitySeconds !== undefined && { affinitySeconds }),
    ...(proxyProtocol && protocol === "TCP" && { proxyProtocol }),
  };
}

interface Place {
  readonly kind: FrontendKind;
  readonly address?: string;
  readonly port: number;
  readonly sourceRanges?: readonly string[];
}

function placesOf(addresses: FamilyAddresses, { port, nodePort }: DescribedPort, node: NodeView): Place[] {
  const { clusterIP, externalIPs, loadBalancerIPs, sourceRanges } = addresses;
  return [
    { kind: "ClusterIP", address: clusterIP, port },
    ...(nodePort !== undefined ? [{ kind: "NodePort", port: nodePort } as const] : []),
    ...externalIPs.map((address) => ({ kind: "ExternalIP", address, port }) as const),
    ...loadBalancerIPs.map((address) => ({
      kind: "LoadBalancerIP" as const,
      address,
      port,
      ...(sourceRanges && { sourceRanges: withHairpin(sourceRanges, address, node) }),
    })),
  ];
}

/**
 * Where the load balancer's address is also one of the node's own, as with many virtual addresses, what the node sends
 * there has that address as its source. It is let in if the node is.
 */
function withHairpin(ranges: readonly string[], address: string, node: NodeView): readonly string[] {
  if (!node.addresses.some((nodeAddress) => isInCidrs(nodeAddress, ranges))) return ranges;
  return [...ranges, `${address}/${address.includes(":") ? 128 : 32}`];
}

function buildFrontend(
  place: Place,
  shared: Shared,
  targets: Targets,
  { externalPolicyLocal, internalPolicyLocal }: ServiceDescription,
): Frontend {
  const { kind, address, port, sourceRanges } = place;
  const isLocal = kind === "ClusterIP" ? internalPolicyLocal : externalPolicyLocal;
  const external = isLocal ? targets.local : targets.cluster;
  return Object.freeze({
    key: frontendKey(kind, shared.family, shared.protocol, address, port),
    kind,
    ...(address !== undefined && { address }),
    port,
    ...shared,
    external,
    internal: kind === "ClusterIP" ? external : targets.cluster,
    masquerade: kind === "ClusterIP" || !isLocal,
    ...(sourceRanges && { sourceRanges }),
  });
}
