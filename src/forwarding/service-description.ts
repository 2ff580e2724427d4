/** ServiceDescription: what a Service asks of the nodes, in domain terms. */
import type { Service, ServicePort } from "../api/service.ts";
import { isForProxy } from "../api/service-labels.ts";
import type { Family, Protocol } from "./forwarding-table.ts";
import { describeAddresses, type FamilyAddresses } from "./service-addresses.ts";
import { formatServiceKey, type ServiceKey, type ServiceProblem } from "./service-problem.ts";

export interface ServiceDescription {
  readonly key: ServiceKey;
  /** RFC 3339; of two Services that claim one address and port the older one gets it. */
  readonly createdAt: string;
  readonly ports: readonly DescribedPort[];
  readonly families: ReadonlyMap<Family, FamilyAddresses>;
  readonly externalPolicyLocal: boolean;
  readonly internalPolicyLocal: boolean;
  readonly affinitySeconds?: number;
  readonly proxyProtocol?: "v1" | "v2";
  readonly healthCheckNodePort?: number;
}

export interface DescribedPort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nodePort?: number;
}

export interface Described {
  /** Undefined for a Service that is none of the proxy's business: headless, ExternalName, another proxy's. */
  readonly description: ServiceDescription | undefined;
  readonly problems: readonly ServiceProblem[];
}

export const proxyProtocolAnnotation = "porthole.dev/proxy-protocol";

/** Core/v1: ClientIPServiceAffinitySeconds' default, three hours. */
const defaultAffinitySeconds = 10_800;

/**
 * Reads a Service. Without `proxyName` those without the label `service.kubernetes.io/service-proxy-name` are served,
 * with it those that carry this name.
 */
export function describeService(service: Service, proxyName?: string): Described {
  const { metadata, spec } = service;
  if (!isForProxy(service, proxyName)) return { description: undefined, problems: [] };
  const key = { namespace: metadata.namespace ?? "", name: metadata.name };
  const { families, problems: addressProblems } = describeAddresses(service, key);
  const { proxyProtocol, problems: proxyProtocolProblems } = readProxyProtocol(service, key);
  const externalPolicyLocal = spec.externalTrafficPolicy === "Local" && isExternallyAccessible(service);
  const affinitySeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds;
  return {
    description: {
      key,
      createdAt: metadata.creationTimestamp ?? "",
      ports: (spec.ports ?? []).map((port) => describePort(service, port)),
      families,
      externalPolicyLocal,
      internalPolicyLocal: spec.internalTrafficPolicy === "Local",
      ...(spec.sessionAffinity === "ClientIP" && { affinitySeconds }),
      ...(proxyProtocol && { proxyProtocol }),
      ...(externalPolicyLocal &&
        spec.healthCheckNodePort && { healthCheckNodePort: spec.healthCheckNodePort }),
    },
    problems: [...addressProblems, ...proxyProtocolProblems],
  };
}

/** Whether policy Local means anything: an externalTrafficPolicy left over on a plain ClusterIP Service does not. */
function isExternallyAccessible({ spec }: Service): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer" || (spec.externalIPs ?? []).length > 0;
}

function describePort({ spec }: Service, { name, protocol, port, nodePort }: ServicePort): DescribedPort {
  const hasNodePort = (spec.type === "NodePort" || spec.type === "LoadBalancer") && nodePort;
  return { name: name ?? "", protocol: protocol ?? "TCP", port, ...(hasNodePort && { nodePort }) };
}

function readProxyProtocol(
  { metadata }: Service,
  service: ServiceKey,
): { proxyProtocol?: "v1" | "v2"; problems: readonly ServiceProblem[] } {
  const value = metadata.annotations?.[proxyProtocolAnnotation];
  if (value === undefined) return { problems: [] };
  if (value === "v1" || value === "v2") return { proxyProtocol: value, problems: [] };
  const message =
    `Annotation ${proxyProtocolAnnotation} of Service "${formatServiceKey(service)}" is "${value}", ` +
    `so no PROXY header is sent: set it to "v1" or "v2", or remove it`;
  return { problems: [{ service, code: "invalid-proxy-protocol", message }] };
}
