/** From what a frontend is to do, and what is known of its backends, to what the dataplane must do. Pure. */
import type { Frontend, Target } from "../../forwarding/index.ts";
import type { BalancedFrontend } from "../balanced-frontend.ts";
import type { BackendStatus } from "./backend-status.ts";
import type { DrainingBackend } from "./draining.ts";

/** `statuses` are those of `balanced.backends`, in their order. */
export function compileFrontend(
  balanced: BalancedFrontend,
  statuses: readonly BackendStatus[],
  draining: readonly DrainingBackend[],
  keepsSource = false,
): Frontend {
  const { key, service, address, family, protocol, port, backends } = balanced;
  const { affinitySeconds, sourceRanges, proxyProtocol } = balanced;
  const used = backends.flatMap(({ key, address, port }, index) => {
    const status = statuses[index];
    return status?.isUsed ? [{ key, address, port, local: false, weight: status.weight }] : [];
  });
  const target: Target =
    used.length > 0 ? { kind: "forward", backends: used } : { kind: "reject", reason: "no-endpoints" };
  const leaving = draining.map(({ backend }) => backend.key);
  return {
    key,
    kind: "LoadBalancerIP",
    family,
    address,
    protocol,
    port,
    service,
    external: target,
    internal: target,
    masquerade: !keepsSource,
    spread: "maglev",
    serving: sorted([...used.map(({ key }) => key), ...leaving]),
    established: sorted([...backends.map(({ key }) => key), ...leaving]),
    ...(affinitySeconds !== undefined && { affinitySeconds }),
    ...(sourceRanges && { sourceRanges }),
    ...(proxyProtocol && { proxyProtocol }),
  };
}

function sorted(keys: readonly string[]): readonly string[] {
  return keys.toSorted();
}
