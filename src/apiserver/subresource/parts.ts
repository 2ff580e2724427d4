/** Parts: subresources that hold a piece of the object and are written like it. */
import type { KubeObject } from "../../api/meta.ts";
import type { PartDefinition } from "../../api/resource-definition.ts";
import type { ServedKind } from "../registry/served-kind.ts";

type Part = PartDefinition<KubeObject>;

/** `namespaces/finalize`: everything but the status, the namespace's own finalizers above all. */
const finalize: Part = {
  prepare: (next, old) => ({ ...next, status: (old as { readonly status?: unknown }).status }) as KubeObject,
};

/** Only the status changes: what a kind without rules of its own for it needs. */
const status: Part = {
  prepare: (next, old) => ({ ...old, status: (next as { readonly status?: unknown }).status }) as KubeObject,
};

const withStatus: readonly string[] = ["Namespace", "Node", "Pod", "Deployment", "ReplicaSet", "ServiceCIDR"];

/** By name; without `finalize`, which has no verb but update. */
export function partsOf({ definition }: ServedKind): Readonly<Record<string, Part>> {
  return { ...(withStatus.includes(definition.kind) ? { status } : {}), ...definition.parts };
}

export function partOf(kind: ServedKind, name: string): Part | undefined {
  const isNamespace = kind.definition.group === "" && kind.definition.kind === "Namespace";
  return partsOf(kind)[name] ?? (isNamespace && name === "finalize" ? finalize : undefined);
}
