/** Which backends clients may stick to. Pure. */
import { type ForwardingTable, formatServicePortName } from "../../forwarding/index.ts";

/** Returns the keys of all backends per Service port with session affinity, over all its frontends and targets. */
export function stickyBackends(table: ForwardingTable): ReadonlyMap<string, ReadonlySet<string>> {
  const result = new Map<string, Set<string>>();
  for (const { affinitySeconds, service, external, internal } of table.frontends.values()) {
    if (affinitySeconds === undefined) continue;
    const name = formatServicePortName(service);
    const keys = result.get(name) ?? new Set<string>();
    result.set(name, keys);
    for (const target of [external, internal]) {
      if (target.kind === "forward") for (const { key } of target.backends) keys.add(key);
    }
  }
  return result;
}
