/** What a model says, in a form that `assert.deepEqual` looks into. */
import type { buildForwardingTable } from "../build-forwarding-table.ts";

/** Problems and health checks are looked up by Service; in which order they were found does not matter. */
export function plainUpdate({ table, problems, healthChecks }: ReturnType<typeof buildForwardingTable>) {
  return {
    table: { ...table, frontends: [...table.frontends] },
    problems: new Map(problems),
    healthChecks: [...healthChecks],
  };
}
