/** From a Service with its addresses, nodes and endpoints to what the balancer does. Pure. */
import { type Family, familyOf, frontendKey, joinHostPort } from "../../forwarding/index.ts";
import type { BalancedBackend, BalancedFrontend } from "../balanced-frontend.ts";
import type { CheckTarget } from "../health/check-target.ts";
import type { BalancedPort, BalancedService } from "./balanced-service.ts";
import type { EligibleNode } from "./eligible-nodes.ts";
import type { ServiceEndpoints } from "./service-endpoints.ts";

export interface FrontendFacts {
  readonly addresses: readonly string[];
  readonly nodes: readonly EligibleNode[];
  readonly endpoints: ServiceEndpoints;
  /** Where proxies serve /healthz; 0: their NodePorts are asked by TCP instead. */
  readonly proxyHealthPort: number;
}

/** A frontend for each address and port. A Service that nobody serves has frontends without backends: clients are refused at once. */
export function buildFrontends(service: BalancedService, facts: FrontendFacts): readonly BalancedFrontend[] {
  const { description, ports, proxyProtocol } = service;
  const { affinitySeconds, families, key } = description;
  return facts.addresses.flatMap((address) => {
    const family = familyOf(address);
    if (family === undefined) return [];
    const sourceRanges = families.get(family)?.sourceRanges;
    return ports.map(({ name, protocol, port, nodePort }) => ({
      key: frontendKey("LoadBalancerIP", family, protocol, address, port),
      service: { ...key, port: name },
      address,
      family,
      protocol,
      port,
      backends: nodePort === undefined ? [] : backendsOf(service, { protocol, nodePort }, family, facts),
      ...(affinitySeconds !== undefined && { affinitySeconds }),
      ...(sourceRanges && { sourceRanges }),
      ...(proxyProtocol && protocol === "TCP" && { proxyProtocol }),
    }));
  });
}

function backendsOf(
  { description }: BalancedService,
  { protocol, nodePort }: Required<Pick<BalancedPort, "protocol" | "nodePort">>,
  family: Family,
  { nodes, endpoints, proxyHealthPort }: FrontendFacts,
): readonly BalancedBackend[] {
  if (!endpoints.isServed) return [];
  const { externalPolicyLocal, healthCheckNodePort } = description;
  const serving = externalPolicyLocal ? nodes.filter(({ name }) => endpoints.nodes.has(name)) : nodes;
  return serving
    .flatMap(({ name, addresses }) => {
      const address = addresses.get(family);
      if (address === undefined) return [];
      const check = checkOf({ address, nodePort, protocol, healthCheckNodePort, proxyHealthPort });
      const key = joinHostPort(address, nodePort);
      return [{ key, address, port: nodePort, node: name, weight: 1, ...(check && { check }) }];
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Policy Local has a port that tells whether the node has endpoints; else the proxy tells whether it forwards (KEP-3836). */
function checkOf(place: {
  readonly address: string;
  readonly nodePort: number;
  readonly protocol: string;
  readonly healthCheckNodePort: number | undefined;
  readonly proxyHealthPort: number;
}): CheckTarget | undefined {
  const { address, nodePort, protocol, healthCheckNodePort, proxyHealthPort } = place;
  const port = healthCheckNodePort ?? proxyHealthPort;
  if (port > 0) return { kind: "http", address, port, path: "/healthz" };
  return protocol === "TCP" ? { kind: "tcp", address, port: nodePort } : undefined;
}
