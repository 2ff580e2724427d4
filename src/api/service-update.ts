/**
 * What an update of a Service keeps and drops (kubernetes/pkg/registry/core/service/strategy.go). Fields that the new
 * type has no use for are dropped if the client left them as they were, so that changing `type` alone just works;
 * a field that the client changed too is left for validation to refuse.
 */

import { sameList } from "../lib/same-list.ts";
import type { Service, ServicePort, ServiceSpec, ServiceStatus } from "./service.ts";
import { needsClusterIp, needsHealthCheckNodePort, needsNodePort } from "./service-type.ts";

/** A new Service has no status. */
export function prepareServiceForCreate(service: Service): Service {
  return { ...service, status: emptyStatus };
}

const emptyStatus: ServiceStatus = { loadBalancer: {} };

export function prepareServiceForUpdate(next: Service, old: Service): Service {
  const spec = dropUnusedFields(next.spec, old.spec);
  const status = old.status ?? emptyStatus;
  return {
    ...next,
    spec,
    status: spec.type === "LoadBalancer" ? status : { ...status, loadBalancer: {} },
  };
}

/** The write of the status subresource changes no spec. */
export function prepareServiceStatus(next: Service, old: Service): Service {
  return { ...next, spec: old.spec };
}

type Dropped = { readonly [Field in keyof ServiceSpec]?: ServiceSpec[Field] | undefined };

function dropUnusedFields(next: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const dropped: Dropped = {
    ...(needsClusterIp(old) && !needsClusterIp(next) ? dropAddresses(next, old) : {}),
    ...(needsNodePort(old) && !needsNodePort(next) && addsNoNodePort(next, old)
      ? { ports: next.ports?.map(withoutNodePort) }
      : {}),
    ...(needsHealthCheckNodePort(old) &&
    !needsHealthCheckNodePort(next) &&
    (next.healthCheckNodePort ?? 0) === (old.healthCheckNodePort ?? 0)
      ? { healthCheckNodePort: undefined }
      : {}),
    ...(old.type === "LoadBalancer" && next.type !== "LoadBalancer" ? dropLoadBalancing(next, old) : {}),
    ...(needsNodePort(old) &&
    !needsNodePort(next) &&
    (next.externalTrafficPolicy || "") === (old.externalTrafficPolicy || "")
      ? { externalTrafficPolicy: undefined }
      : {}),
  };
  return { ...next, ...dropped } as ServiceSpec;
}

function dropAddresses(next: ServiceSpec, old: ServiceSpec): Dropped {
  const sameAddresses =
    (next.clusterIP ?? "") === (old.clusterIP ?? "") && sameList(next.clusterIPs, old.clusterIPs);
  return {
    ...(sameAddresses ? { clusterIP: undefined, clusterIPs: undefined } : {}),
    ...(sameList(next.ipFamilies, old.ipFamilies) ? { ipFamilies: undefined } : {}),
    ...((next.ipFamilyPolicy ?? "") === (old.ipFamilyPolicy ?? "") ? { ipFamilyPolicy: undefined } : {}),
  };
}

function dropLoadBalancing(next: ServiceSpec, old: ServiceSpec): Dropped {
  return {
    ...(next.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts
      ? { allocateLoadBalancerNodePorts: undefined }
      : {}),
    ...(next.loadBalancerClass === old.loadBalancerClass ? { loadBalancerClass: undefined } : {}),
  };
}

function addsNoNodePort(next: ServiceSpec, old: ServiceSpec): boolean {
  const had = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  return (next.ports ?? []).every(({ nodePort }) => !nodePort || had.has(nodePort));
}

function withoutNodePort({ nodePort: _, ...port }: ServicePort): ServicePort {
  return port;
}
