/** The order in which a diff becomes visible, for whoever cannot apply it all at once. */
import type { Backend, Frontend } from "./forwarding-table.ts";
import { backendsOf, type TableDiff } from "./table-diff.ts";

export type PublishStep =
  | { readonly kind: "add-backends"; readonly frontend: string; readonly backends: readonly Backend[] }
  /** Makes the frontend so, whether or not there was one in its place. */
  | { readonly kind: "put-frontend"; readonly frontend: Frontend }
  | { readonly kind: "remove-frontend"; readonly frontend: Frontend }
  | { readonly kind: "remove-backends"; readonly frontend: string; readonly backends: readonly Backend[] };

/**
 * Backends come before the frontends that lead to them, and go after them: at no moment does a frontend lead to
 * something that is not there. New frontends come before old ones go, so that a moved port is never nowhere.
 */
export function publishSteps({ added, removed, changed }: TableDiff): readonly PublishStep[] {
  const steps: PublishStep[] = [
    ...added.map((frontend) => addBackends(frontend, backendsOf(frontend))),
    ...changed.map(({ next, addedBackends }) => addBackends(next, addedBackends)),
    ...added.map((frontend) => ({ kind: "put-frontend", frontend }) as const),
    ...changed.map(({ next }) => ({ kind: "put-frontend", frontend: next }) as const),
    ...removed.map((frontend) => ({ kind: "remove-frontend", frontend }) as const),
    ...changed.map(({ previous, removedBackends }) => removeBackends(previous, removedBackends)),
    ...removed.map((frontend) => removeBackends(frontend, backendsOf(frontend))),
  ];
  return steps.filter((step) => !("backends" in step) || step.backends.length > 0);
}

function addBackends({ key }: Frontend, backends: readonly Backend[]): PublishStep {
  return { kind: "add-backends", frontend: key, backends };
}

function removeBackends({ key }: Frontend, backends: readonly Backend[]): PublishStep {
  return { kind: "remove-backends", frontend: key, backends };
}
