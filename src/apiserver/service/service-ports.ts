/** Which node ports a stored Service counts for (portallocator/controller/repair.go collectServiceNodePorts). */
import type { Service } from "../../api/service.ts";

/** One number for two protocols counts once; twice for the same protocol counts twice, for it is a contradiction. */
export function claimedNodePorts({ spec }: Service): readonly number[] {
  const protocols = new Map<number, Set<string>>();
  const claimed: number[] = [];
  for (const { nodePort, protocol } of spec.ports ?? []) {
    if (!nodePort) continue;
    const known = protocols.get(nodePort);
    if (!known || known.has(protocol)) claimed.push(nodePort);
    protocols.set(nodePort, new Set([...(known ?? []), protocol]));
  }
  const check = spec.healthCheckNodePort;
  if (check && (!protocols.has(check) || protocols.get(check)?.has("TCP"))) claimed.push(check);
  return claimed;
}
