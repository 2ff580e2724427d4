/** Node ports of a Service, the health-check one included (kubernetes/pkg/registry/core/service/storage/alloc.go). */
import type { AllocationOperation } from "../../allocator/index.ts";
import { invalidField } from "../../api/field-error.ts";
import type { Service, ServicePort, ServiceSpec } from "../../api/service.ts";
import { needsHealthCheckNodePort, needsNodePort } from "../../api/service-type.ts";
import { internal, unknownFailure } from "../errors.ts";
import { invalidService, portRefusal } from "./allocation-errors.ts";

export interface PortSource {
  /** As errors name it. */
  readonly range: string;
  readonly operation: AllocationOperation<number>;
}

/** Ports with the same `port` share a node port. Throws ApiStatusError. */
export function createNodePorts(service: Service, source: PortSource): ServiceSpec {
  const spec = needsNodePort(service.spec) ? withNewNodePorts(service, source) : service.spec;
  return needsHealthCheckNodePort(spec) ? withHealthCheckNodePort(spec, source) : spec;
}

function withNewNodePorts({ spec, metadata }: Service, source: PortSource): ServiceSpec {
  const shared = new Map<number, number>();
  const ports = spec.ports?.map((port, index) => {
    if (!port.nodePort && !allocatesNodePorts(spec)) return port;
    const known = shared.get(port.port);
    if (known === undefined) {
      const wanted = spec.ports?.find((other) => other.port === port.port && other.nodePort)?.nodePort;
      const nodePort = wanted ? takePort(metadata.name, index, wanted, source) : takeAnyPort(source);
      shared.set(port.port, nodePort);
      return { ...port, nodePort };
    }
    if (!port.nodePort) return { ...port, nodePort: known };
    if (port.nodePort !== known) takePort(metadata.name, index, port.nodePort, source);
    return port;
  });
  return ports ? { ...spec, ports } : spec;
}

/**
 * Each port that lacks a number takes one of its own; a number that the Service had before may move between its ports.
 * Throws ApiStatusError.
 */
export function updateNodePorts(next: Service, old: Service, source: PortSource): ServiceSpec {
  const { operation } = source;
  const had = nodePortsOf(old.spec);
  const spec = needsNodePort(next.spec) ? withUpdatedNodePorts(next, had, source) : next.spec;
  if (needsNodePort(old.spec)) {
    const has = needsNodePort(spec) ? nodePortsOf(spec) : new Set<number>();
    for (const port of had) if (!has.has(port)) operation.releaseOnCommit(port);
  }
  const neededCheck = needsHealthCheckNodePort(old.spec);
  const needsCheck = needsHealthCheckNodePort(spec);
  if (!neededCheck && needsCheck) return withHealthCheckNodePort(spec, source);
  if (neededCheck && !needsCheck && old.spec.healthCheckNodePort) {
    operation.releaseOnCommit(old.spec.healthCheckNodePort);
  }
  return spec;
}

function withUpdatedNodePorts(
  { spec, metadata }: Service,
  had: ReadonlySet<number>,
  source: PortSource,
): ServiceSpec {
  const taken = new Set<number>();
  const seen = new Set<string>();
  const ports = spec.ports?.map((port, index) => {
    if (!port.nodePort && !allocatesNodePorts(spec)) return port;
    const nodePort = port.nodePort || takeAnyPort(source);
    if (port.nodePort && !had.has(nodePort) && !taken.has(nodePort)) {
      taken.add(takePort(metadata.name, index, nodePort, source));
    }
    const pair = `{${port.protocol} ${nodePort}}`;
    if (seen.has(pair)) throw unknownFailure(`duplicate nodePort: ${pair}`);
    seen.add(pair);
    return { ...port, nodePort };
  });
  return ports ? { ...spec, ports } : spec;
}

/** Load balancers that need no node ports can say so; numbers that are asked for are respected even then. */
export function allocatesNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);
}

function nodePortsOf({ ports = [] }: ServiceSpec): ReadonlySet<number> {
  return new Set(ports.flatMap(({ nodePort }: ServicePort) => (nodePort ? [nodePort] : [])));
}

/** `index` is that of the Service port whose turn it is, not always the one that asks for the number. */
function takePort(name: string, index: number, port: number, { operation, range }: PortSource): number {
  const result = operation.allocate(port);
  if (result.allocated) return port;
  const detail = portRefusal(result.refusal, range);
  throw invalidService(name, [invalidField(`spec.ports[${index}].nodePort`, port, detail)]);
}

function takeAnyPort({ operation, range }: PortSource): number {
  const result = operation.allocateNext();
  if (result.allocated) return result.value;
  throw internal(`failed to allocate a nodePort: ${portRefusal(result.refusal, range)}`);
}

function withHealthCheckNodePort(spec: ServiceSpec, { operation, range }: PortSource): ServiceSpec {
  const wanted = spec.healthCheckNodePort;
  const result = wanted ? operation.allocate(wanted) : operation.allocateNext();
  if (result.allocated) return { ...spec, healthCheckNodePort: result.value };
  const what = wanted ? `requested HealthCheck NodePort ${wanted}` : "a HealthCheck NodePort 0";
  throw internal(`failed to allocate ${what}: ${portRefusal(result.refusal, range)}`);
}
