/** What a node remembers of a client: its connection's backend, and the backend that it has an affinity to. */
import type { Packet, Reason } from "./decision.ts";
import type { Backend, Frontend } from "./forwarding-table.ts";
import { backend } from "./frontend-key.ts";
import { splitHostPort } from "./ip-address.ts";

/**
 * Returns the backend that the packet's connection stays on; undefined for a new one.
 * A TCP or SCTP connection lives on even when its endpoint has left the Service. A UDP flow has no end that could be
 * waited for, so it is moved off an endpoint that does not serve any more, unless no endpoint serves at all.
 * NOTE: then a dataplane whose flows need a socket of their own (userspace) may refuse the flow; none may lead it elsewhere.
 */
export function keptByConnection(frontend: Frontend, packet: Packet, reasons: Reason[]): Backend | undefined {
  const established = packet.state?.established;
  if (established === undefined) return undefined;
  if (packet.protocol === "UDP") {
    const serving = servingKeys(frontend);
    if (serving.length > 0 && !serving.includes(established)) {
      reasons.push({ code: "flow-moved", from: established });
      return undefined;
    }
  }
  const known = allBackends(frontend).find(({ key }) => key === established);
  const place = splitHostPort(established);
  const kept = known ?? (place && backend(place.address, place.port, false));
  if (kept) reasons.push({ code: "established-connection-kept", backend: kept.key });
  return kept;
}

/** Returns the backend of an affinity that has not expired, if the target still has it. */
export function keptByAffinity(
  frontend: Frontend,
  backends: readonly Backend[],
  packet: Packet,
  reasons: Reason[],
): Backend | undefined {
  const affinity = packet.state?.affinity;
  if (!affinity || frontend.affinitySeconds === undefined) return undefined;
  const remainingSeconds = frontend.affinitySeconds - affinity.ageSeconds;
  if (remainingSeconds <= 0) {
    reasons.push({ code: "affinity-expired", backend: affinity.backend });
    return undefined;
  }
  const kept = backends.find(({ key }) => key === affinity.backend);
  reasons.push(
    kept
      ? { code: "affinity-kept", backend: kept.key, remainingSeconds }
      : { code: "affinity-backend-gone", backend: affinity.backend },
  );
  return kept;
}

function servingKeys(frontend: Frontend): readonly string[] {
  return frontend.serving ?? allBackends(frontend).map(({ key }) => key);
}

function allBackends({ external, internal }: Frontend): readonly Backend[] {
  return [external, internal].flatMap((target) => (target.kind === "forward" ? target.backends : []));
}
