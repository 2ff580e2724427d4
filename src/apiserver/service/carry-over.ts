/**
 * What an update need not repeat (kubernetes/pkg/registry/core/service/storage/storage.go patchAllocatedValues and
 * normalizeClusterIPs): the manifest that created a Service can be sent again, without the numbers it was given.
 */
import type { Service, ServicePort, ServiceSpec } from "../../api/service.ts";
import { needsClusterIp, needsHealthCheckNodePort } from "../../api/service-type.ts";
import { sameList } from "../../lib/same-list.ts";
import { allocatesNodePorts } from "./node-ports.ts";

/** A create by a client that knows `clusterIP` only. */
export function completeClusterIps(spec: ServiceSpec): ServiceSpec {
  const { clusterIP, clusterIPs = [] } = spec;
  return clusterIP && clusterIPs.length === 0 ? { ...spec, clusterIPs: [clusterIP] } : spec;
}

export function carryOver(next: Service, old: Service): ServiceSpec {
  return followClusterIp(keepAllocated(next.spec, old.spec), old.spec);
}

function keepAllocated(next: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const keepsClusterIp = needsClusterIp(old) && needsClusterIp(next);
  return {
    ...next,
    ...(keepsClusterIp && !next.clusterIP && old.clusterIP ? { clusterIP: old.clusterIP } : {}),
    ...(keepsClusterIp && !next.clusterIPs?.length && old.clusterIPs?.length
      ? { clusterIPs: old.clusterIPs }
      : {}),
    ...(allocatesNodePorts(old) && allocatesNodePorts(next) && next.ports
      ? { ports: keepNodePorts(next.ports, old.ports ?? []) }
      : {}),
    ...(needsHealthCheckNodePort(old) &&
    needsHealthCheckNodePort(next) &&
    !next.healthCheckNodePort &&
    old.healthCheckNodePort
      ? { healthCheckNodePort: old.healthCheckNodePort }
      : {}),
  };
}

/** By port name, whatever else changed; a number that the new spec gives to another port stays there. */
function keepNodePorts(next: readonly ServicePort[], old: readonly ServicePort[]): readonly ServicePort[] {
  const named = new Set(next.map(({ nodePort }) => nodePort));
  const kept = new Map(old.map(({ name, nodePort }) => [name ?? "", nodePort]));
  return next.map((port) => {
    const nodePort = kept.get(port.name ?? "");
    return port.nodePort || !nodePort || named.has(nodePort) ? port : { ...port, nodePort };
  });
}

/** A client that knows `clusterIP` only changes or clears that, and leaves `clusterIPs` as it was. */
function followClusterIp(next: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const nextIp = next.clusterIP ?? "";
  const oldIp = old.clusterIP ?? "";
  if (nextIp === oldIp) {
    return old.clusterIPs?.length && !next.clusterIPs?.length
      ? { ...next, clusterIPs: old.clusterIPs }
      : next;
  }
  if (!sameList(next.clusterIPs, old.clusterIPs)) return next;
  if (nextIp !== "") return { ...next, clusterIPs: [nextIp] };
  const { clusterIPs: _, ...cleared } = next;
  return cleared;
}
