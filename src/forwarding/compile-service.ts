/** CompiledService: all that one Service comes to on one node. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Service } from "../api/service.ts";
import { readEndpoints } from "./endpoint.ts";
import type { Claim } from "./frontend-claims.ts";
import { buildHealthCheck, type HealthCheck } from "./health-check.ts";
import type { NodeView } from "./node-view.ts";
import { describeService } from "./service-description.ts";
import { buildFrontends } from "./service-frontends.ts";
import type { ServiceProblem } from "./service-problem.ts";

export interface CompiledService {
  readonly claims: readonly Claim[];
  readonly problems: readonly ServiceProblem[];
  readonly healthCheck?: HealthCheck;
}

/** Compiles one Service with its slices, whose order does not matter. */
export function compileService(
  service: Service,
  slices: Iterable<EndpointSlice>,
  node: NodeView,
  proxyName?: string,
): CompiledService {
  const { description, problems } = describeService(service, proxyName);
  if (!description) return { claims: [], problems };
  const endpoints = readEndpoints(slices, node.name);
  const healthCheck = buildHealthCheck(description, endpoints);
  const { createdAt } = description;
  return {
    claims: buildFrontends(description, endpoints, node).map((frontend) => ({ frontend, createdAt })),
    problems,
    ...(healthCheck && { healthCheck }),
  };
}
