/** The Endpoints and EndpointSlices of the Service default/kubernetes: the control plane itself keeps them, no controller does. */
import { isIPv6 } from "node:net";
import { type EndpointSlice, type EndpointSubset, serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { ServerAddress } from "./server-address.ts";

export const serverService = { namespace: "default", name: "kubernetes" } as const;

/** skip-mirror tells the controller that mirrors Endpoints to leave these alone. */
export const endpointsLabels = { "endpointslice.kubernetes.io/skip-mirror": "true" };
export const sliceLabels = { [serviceNameLabel]: serverService.name };

/** Servers of one port share a subset. They are in order already. */
export function endpointSubsets(servers: readonly ServerAddress[]): readonly EndpointSubset[] {
  const byPort = Map.groupBy(servers, ({ port }) => port);
  return [...byPort].map(([port, group]) => ({
    addresses: group.map(({ ip }) => ({ ip })),
    ports: [{ name: "https", port, protocol: "TCP" }],
  }));
}

export type SliceContent = Pick<EndpointSlice, "addressType" | "endpoints" | "ports">;

/** By name: `kubernetes`, as a cluster whose servers all listen on one port has it alone, then one for each further family and port. */
export function endpointSlices(servers: readonly ServerAddress[]): ReadonlyMap<string, SliceContent> {
  const groups = Map.groupBy(servers, ({ ip, port }) => `${isIPv6(ip) ? "ipv6" : "ipv4"}-${port}`);
  const slices = new Map<string, SliceContent>();
  for (const [group, members] of groups) {
    const name = slices.size === 0 ? serverService.name : `${serverService.name}-${group}`;
    slices.set(name, {
      addressType: group.startsWith("ipv6") ? "IPv6" : "IPv4",
      endpoints: members.map(({ ip }) => ({ addresses: [ip], conditions: { ready: true } })),
      ports: [{ name: "https", port: members[0]?.port ?? 0, protocol: "TCP" }],
    });
  }
  return slices;
}
