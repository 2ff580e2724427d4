/**
 * What a node may do beside what its role says: write its own Node, Lease and the status of its own pods, and read only its own pods
 * and what they name (kubernetes/plugin/pkg/admission/noderestriction, plugin/pkg/auth/authorizer/node).
 */
import type { ApiRequest } from "../http/api-request.ts";
import type { Registry } from "../registry/registry.ts";
import type { Admission, ServedKind } from "../registry/served-kind.ts";
import type { ResourceTarget } from "../request/request-path.ts";
import { leaseAdmission, nodeAdmission, podAdmission } from "./node-admission.ts";
import { nodeNameOf } from "./node-identity.ts";
import { requireOwnReading } from "./node-reading.ts";

const admissions: Readonly<Record<string, (node: string, kind: ServedKind) => Admission>> = {
  "v1/nodes": nodeAdmission,
  "v1/pods": podAdmission,
  "coordination.k8s.io/v1/leases": leaseAdmission,
};

/** The registry as the request's user may write it. Throws Forbidden for what a node may not read. */
export async function restrictNode(
  registry: Registry,
  request: Pick<ApiRequest, "user" | "method" | "path" | "query">,
  target: ResourceTarget,
): Promise<Registry> {
  const node = request.user && nodeNameOf(request.user);
  if (node === undefined) return registry;
  await requireOwnReading(registry, node, request, target);
  const { kinds } = registry;
  const restricted = (kind: ServedKind | undefined): ServedKind | undefined => {
    const admission = kind && admissions[`${kind.apiVersion}/${kind.definition.plural}`];
    return admission ? { ...kind, admission: admission(node, kind) } : kind;
  };
  return {
    ...registry,
    kinds: { ...kinds, find: (group, version, plural) => restricted(kinds.find(group, version, plural)) },
  };
}
