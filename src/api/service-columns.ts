/** What `kubectl get services` prints (kubernetes/pkg/printers/internalversion printService). */
import { ageColumn, type Cells, column, formatLabels, nameColumn, wideColumn } from "./printing/columns.ts";
import { age } from "./printing/human-duration.ts";
import type { TableColumn } from "./resource-definition.ts";
import type { Service, ServicePort } from "./service.ts";

export const serviceColumns: readonly TableColumn[] = [
  nameColumn,
  column("Type", "How the Service is exposed."),
  column("Cluster-IP", "The address inside the cluster, if there is one."),
  column("External-IP", "Addresses outside the cluster, or a load balancer's."),
  column("Port(s)", "Ports, each with its node port and protocol."),
  ageColumn,
  wideColumn("Selector", "Labels of the pods that traffic is led to."),
];

export function serviceCells(service: Service, nowMs: number): Cells {
  const { metadata, spec } = service;
  return [
    metadata.name,
    spec.type,
    spec.clusterIPs?.[0] ?? "<none>",
    externalAddress(service),
    (spec.ports ?? []).map(portText).join(",") || "<none>",
    age(metadata.creationTimestamp, nowMs),
    formatLabels(spec.selector),
  ];
}

function portText({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

function externalAddress({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return external.join(",") || "<none>";
    case "LoadBalancer": {
      const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
      const unique = [...new Set(ingress.filter((address) => address !== ""))].sort();
      return [...unique, ...external].join(",") || "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}
