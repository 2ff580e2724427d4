/** Defaults of a Service (kubernetes/pkg/apis/core/v1/defaults.go SetDefaults_Service). Addresses, families and node ports are allocated later. */
import type { LoadBalancerIngress, Service, ServicePort, ServiceSpec, ServiceStatus } from "./service.ts";
import { isExternallyAccessible } from "./service-type.ts";

const affinityTimeoutSeconds = 10_800;

/** Empty values count as absent. */
export function defaultService(service: Service): Service {
  const spec = defaultSpec((service.spec ?? {}) as Partial<ServiceSpec>);
  return { ...service, spec, status: defaultStatus(service.status ?? {}, spec.type) };
}

function defaultSpec(given: Partial<ServiceSpec>): ServiceSpec {
  const type = given.type || "ClusterIP";
  const spec = { ...given, type };
  return {
    ...spec,
    ...affinity(given),
    ...(given.ports && given.ports.length > 0 ? { ports: given.ports.map(defaultPort) } : {}),
    ...(isExternallyAccessible(spec) && !given.externalTrafficPolicy
      ? { externalTrafficPolicy: "Cluster" as const }
      : {}),
    ...(hasInternalTraffic(type) && (given.internalTrafficPolicy ?? null) === null
      ? { internalTrafficPolicy: "Cluster" as const }
      : {}),
    ...(type === "LoadBalancer" && (given.allocateLoadBalancerNodePorts ?? null) === null
      ? { allocateLoadBalancerNodePorts: true }
      : {}),
  } as ServiceSpec;
}

function hasInternalTraffic(type: string): boolean {
  return type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer";
}

/** Affinity None drops a config, affinity ClientIP completes it. */
function affinity(given: Partial<ServiceSpec>): Record<string, unknown> {
  const sessionAffinity = given.sessionAffinity || "None";
  if (sessionAffinity === "None") return { sessionAffinity, sessionAffinityConfig: undefined };
  const timeout = given.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? null;
  if (sessionAffinity !== "ClientIP" || timeout !== null) return { sessionAffinity };
  return {
    sessionAffinity,
    sessionAffinityConfig: { clientIP: { timeoutSeconds: affinityTimeoutSeconds } },
  };
}

function defaultPort(port: ServicePort): ServicePort {
  return { ...port, protocol: port.protocol || "TCP", targetPort: port.targetPort || (port.port ?? 0) };
}

function defaultStatus(status: ServiceStatus, type: string): ServiceStatus {
  const loadBalancer = status.loadBalancer ?? {};
  if (type !== "LoadBalancer" || !loadBalancer.ingress) return { ...status, loadBalancer };
  return { ...status, loadBalancer: { ...loadBalancer, ingress: loadBalancer.ingress.map(defaultIpMode) } };
}

function defaultIpMode(ingress: LoadBalancerIngress): LoadBalancerIngress {
  return ingress.ip && !ingress.ipMode ? { ...ingress, ipMode: "VIP" } : ingress;
}
