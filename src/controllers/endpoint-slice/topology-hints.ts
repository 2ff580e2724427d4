/** Hints for spec.trafficDistribution: which clients an endpoint is meant for (KEP-4444, KEP-3015). */
import type { SliceEndpoint } from "../../api/endpoint-slice.ts";

/**
 * PreferClose and PreferSameZone: each endpoint is for its own zone; PreferSameNode: for its own node, and its zone too, for
 * proxies that do not know node hints. An endpoint that is not ready or of which the place is unknown gets no hint.
 */
export function withHints(endpoint: SliceEndpoint, trafficDistribution: string | undefined): SliceEndpoint {
  const { hints: _, ...plain } = endpoint;
  const { zone, nodeName, conditions } = endpoint;
  if (conditions?.ready === false) return plain;
  const forZones = zone ? { forZones: [{ name: zone }] } : {};
  switch (trafficDistribution) {
    case "PreferClose":
    case "PreferSameZone":
      return zone ? { ...plain, hints: forZones } : plain;
    case "PreferSameNode":
      return nodeName ? { ...plain, hints: { ...forZones, forNodes: [{ name: nodeName }] } } : plain;
    default:
      return plain;
  }
}
