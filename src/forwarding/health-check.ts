/** HealthCheck: what a load balancer is told about a Service with policy Local on its healthCheckNodePort. */
import type { EndpointsByGroup } from "./endpoint.ts";
import type { ServiceDescription } from "./service-description.ts";
import type { ServiceKey } from "./service-problem.ts";

export interface HealthCheck {
  readonly service: ServiceKey;
  readonly port: number;
  /**
   * How many addresses on this node are ready. Those that terminate do not count though they still get traffic: the
   * load balancer must stop sending new connections here.
   */
  readonly localEndpoints: number;
}

/** Undefined for a Service without healthCheckNodePort, or with one that means nothing without policy Local. */
export function buildHealthCheck(
  { key, healthCheckNodePort }: ServiceDescription,
  endpoints: EndpointsByGroup,
): HealthCheck | undefined {
  if (healthCheckNodePort === undefined) return undefined;
  const addresses = new Set<string>();
  for (const group of endpoints.values()) {
    for (const { ready, backend } of group) if (ready && backend.local) addresses.add(backend.address);
  }
  return { service: key, port: healthCheckNodePort, localEndpoints: addresses.size };
}
