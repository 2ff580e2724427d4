/** ProxyProblem: something that a user must hear of, as an Event on the Service and a line in the log. */

import type { Problem } from "../dataplane/dataplane.ts";
import type { Frontend, ServiceKey, ServiceProblem } from "../forwarding/index.ts";
import { assertNever } from "../lib/assert-never.ts";
import { describeFailure, type ServiceHealthFailure } from "./service-health-servers.ts";

export interface ProxyProblem {
  /** The same for the same trouble with the same thing. */
  readonly id: string;
  readonly service: ServiceKey;
  /** Of the Event: `FailedToProgramNodePort`. */
  readonly reason: string;
  readonly message: string;
  /** Reason and message of the Event that tells that it is over, where that is worth one. */
  readonly over?: { readonly reason: string; readonly message: string };
}

export function problemOfFrontend(problem: Problem, frontend: Frontend): ProxyProblem {
  const { kind, service, key } = frontend;
  const place = problem.address === undefined ? key : `${key} on ${problem.address}`;
  return {
    id: `${key} ${problem.address ?? ""}`,
    service: { namespace: service.namespace, name: service.name },
    reason: `FailedToProgram${kind}`,
    message: problem.message,
    over: { reason: `Programmed${kind}`, message: `${place} is forwarded now` },
  };
}

export function problemOfService(problem: ServiceProblem): ProxyProblem {
  const { service, code, message } = problem;
  return {
    id: `${service.namespace}/${service.name} ${code} ${message}`,
    service,
    reason: reasonOf(code),
    message,
  };
}

/** The reason is kube-proxy's. */
export function problemOfHealthCheck(failure: ServiceHealthFailure): ProxyProblem {
  const { service, port } = failure.healthCheck;
  return {
    id: `${service.namespace}/${service.name} health-check ${failure.address} ${port}`,
    service,
    reason: "FailedToStartServiceHealthcheck",
    message: describeFailure(failure),
  };
}

/**
 * Cluster, external and load-balancer addresses are seldom addresses of the node: a dataplane that needs to bind them
 * cannot serve them, as everybody knows who chose it. A NodePort's always should be.
 */
export function isExpected(problem: Problem, frontend: Frontend): boolean {
  return problem.code === "address-not-available" && frontend.kind !== "NodePort";
}

function reasonOf(code: ServiceProblem["code"]): string {
  switch (code) {
    case "invalid-proxy-protocol":
      return "InvalidProxyProtocol";
    case "invalid-source-range":
      return "InvalidSourceRange";
    case "invalid-address":
      return "InvalidAddress";
    case "address-taken":
      return "AddressTaken";
    default:
      return assertNever(code);
  }
}
