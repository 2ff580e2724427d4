/** From Services and Nodes to what a load balancer in front of the nodes must be told. */
import type { Node } from "../../api/node.ts";
import type { Service, ServicePort } from "../../api/service.ts";
import { excludedFromBalancers } from "../../proxy/view-of-node.ts";
import { annotations } from "../kubernetes/annotations.ts";
import type { ExportBackend, ExportFrontend, ExportHealthCheck, ExportModel } from "./export-model.ts";

export interface ExportSettings {
  /** What is listened on, at each Service's NodePort. Default: 0.0.0.0. */
  readonly address?: string;
  /** Where the nodes' proxies serve /healthz; 0: NodePorts are asked by TCP instead. Default: 10256. */
  readonly proxyHealthPort?: number;
}

const weight = 1;
const defaultProxyHealthPort = 10_256;

/**
 * Pure. A frontend for each NodePort of TCP or UDP, in order of names. All nodes are backends, ready or not: health checks know better and
 * sooner than the API, which calls every node unknown when it cannot reach them itself.
 */
export function frontendsOf(
  services: readonly Service[],
  nodes: readonly Node[],
  settings: ExportSettings = {},
): ExportModel {
  const usable = nodes.filter(
    ({ metadata }) => !metadata.deletionTimestamp && metadata.labels?.[excludedFromBalancers] === undefined,
  );
  const frontends = services
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .flatMap((service) =>
      (service.spec.ports ?? []).flatMap((port) => frontendOf(service, port, usable, settings)),
    );
  return { frontends: frontends.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function frontendOf(
  service: Service,
  port: ServicePort,
  nodes: readonly Node[],
  { address = "0.0.0.0", proxyHealthPort = defaultProxyHealthPort }: ExportSettings,
): readonly ExportFrontend[] {
  const { metadata, spec } = service;
  const { nodePort, protocol } = port;
  const proxyProtocol = metadata.annotations?.[annotations.proxyProtocol];
  if (!nodePort || protocol === "SCTP") return [];
  const isIpv6 = (spec.ipFamilies?.[0] ?? "IPv4") === "IPv6";
  const backends: ExportBackend[] = nodes.flatMap((node) => {
    const found = node.status.addresses?.find(
      (one) => one.type === "InternalIP" && one.address.includes(":") === isIpv6,
    );
    return found
      ? [{ name: node.metadata.name ?? found.address, address: found.address, port: nodePort, weight }]
      : [];
  });
  return [
    {
      name: `${metadata.namespace}_${metadata.name}_${port.name ?? nodePort}`,
      address,
      port: nodePort,
      protocol,
      backends: backends.sort((a, b) => (a.name < b.name ? -1 : 1)),
      healthCheck: healthCheckOf(spec.healthCheckNodePort || proxyHealthPort),
      ...((proxyProtocol === "v1" || proxyProtocol === "v2") && { proxyProtocol }),
      sticky: spec.sessionAffinity === "ClientIP",
    },
  ];
}

/** With policy Cluster the proxy is asked: a Service without endpoints must not take its nodes out. */
function healthCheckOf(port: number): ExportHealthCheck {
  return port === 0 ? { kind: "tcp" } : { kind: "http", port, path: "/healthz" };
}
