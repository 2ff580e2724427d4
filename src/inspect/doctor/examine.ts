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

/** Worse ones first; where one follows from another on the same object, the cause comes first and is as bad as what follows. Pure. */
export function examine(facts: Facts, checks: readonly Check[] = allChecks): readonly Diagnosis[] {
  const found = checks.flatMap((check) => check.find(facts).map((finding) => ({ check, finding })));
  const byObject = Map.groupBy(found, ({ finding }) => finding.object);
  const rank = ({ check, finding }: (typeof found)[number]) => {
    const following = (byObject.get(finding.object) ?? []).filter(({ check: other }) =>
      check.causes?.includes(other.id),
    );
    return Math.min(
      ...[check, ...following.map((other) => other.check)].map(({ severity }) => order[severity]),
    );
  };
  const follows = ({ check, finding }: (typeof found)[number]) =>
    (byObject.get(finding.object) ?? []).some(({ check: other }) => other.causes?.includes(check.id));
  return found
    .map((one) => ({ ...one, rank: rank(one), follows: Number(follows(one)) }))
    .sort((a, b) => a.rank - b.rank || a.follows - b.follows)
    .map(({ check: { id, severity, title }, finding }) => ({ id, severity, title, ...finding }));
}
