/** examine: runs all checks over the facts. */
import { allChecks } from "./all-checks.ts";
import type { Check, Finding, Severity } from "./check.ts";
import type { Facts } from "./facts.ts";

export interface Diagnosis extends Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
}

const order: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Worse ones first; of the same severity causes before what follows from them. Pure. */
export function examine(facts: Facts, checks: readonly Check[] = allChecks): readonly Diagnosis[] {
  return checks
    .flatMap(({ id, severity, title, find }) =>
      find(facts).map((finding) => ({ id, severity, title, ...finding })),
    )
    .sort((a, b) => order[a.severity] - order[b.severity]);
}
