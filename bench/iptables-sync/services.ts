/** Services of bench iptables-sync, as a ForwardingTable. */
import { backend, type ForwardingTable, type Frontend, frontendKey } from "../../src/forwarding/index.ts";
import { SortedMap } from "../../src/forwarding/sorted-map.ts";

export const endpoints = 10;
export const backendPort = 8080;
const firstNodePort = 30_000;

/** Cluster addresses are spread over their range, as they are given out at random. */
export function clusterAddress(index: number): string {
  const number = (index * 7_919) & 0xffff;
  return `10.96.${number >> 8}.${number & 255}`;
}

/** The cluster address and the node port of one Service. All its endpoints are one and the same machine's, at several addresses. */
export function serviceFrontends(index: number, generation = 0): readonly Frontend[] {
  const number = index * endpoints + generation;
  const backends = Array.from({ length: endpoints }, (_, slot) => {
    const at = number + slot;
    return backend(`10.${128 + ((at >> 16) & 63)}.${(at >> 8) & 255}.${at & 255}`, backendPort, false);
  });
  const target = { kind: "forward", backends } as const;
  const common = {
    family: "IPv4",
    protocol: "TCP",
    service: { namespace: "default", name: `service-${index}`, port: "http" },
    external: target,
    internal: target,
    masquerade: true,
  } as const;
  const address = clusterAddress(index);
  const port = firstNodePort + index;
  const cluster = { kind: "ClusterIP", address, port: 80 } as const;
  return [
    { ...common, ...cluster, key: frontendKey("ClusterIP", "IPv4", "TCP", address, 80) },
    { ...common, kind: "NodePort", port, key: frontendKey("NodePort", "IPv4", "TCP", undefined, port) },
  ];
}

export function tableOf(services: number): ForwardingTable {
  const frontends = Array.from({ length: services }, (_, index) => serviceFrontends(index)).flat();
  return {
    node: "node-a",
    nodePortAddresses: ["10.0.0.1"],
    nodeAddresses: ["10.0.0.1"],
    podCIDRs: ["10.244.1.0/24"],
    frontends: SortedMap.empty<Frontend>().with(new Map(frontends.map((one) => [one.key, one]))),
  };
}

/** A table with other frontends, or with `undefined` fewer. */
export function withFrontends(
  table: ForwardingTable,
  changes: ReadonlyMap<string, Frontend | undefined>,
): ForwardingTable {
  return { ...table, frontends: (table.frontends as SortedMap<Frontend>).with(changes) };
}
