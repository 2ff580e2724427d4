/** Where no Service is addressed: what comes near to what was asked. */
import type { Service, ServicePort } from "../../api/service.ts";
import type { Reason } from "../../forwarding/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import { ownerOf } from "./place-packet.ts";
import type { NobodyStep, TraceQuery } from "./trace.ts";

/** As many as a reader takes in; a cluster may have thousands of Services on port 80. */
const mostServicesNamed = 3;

/** `reasons` are those of a Decision `not-ours`. */
export function explainNobody(
  objects: ClusterObjects,
  query: TraceQuery,
  reasons: readonly Reason[],
): NobodyStep {
  const isOther = reasons.some(({ code }) => code === "not-a-node-port-address");
  return {
    kind: "nobody",
    isClusterAddress: objects.services.some(({ spec }) => spec.clusterIPs?.includes(query.address)),
    reason: isOther ? "not-a-node-port-address" : "no-frontend",
    hints: isOther ? [addressHint(objects, query)] : nearMisses(objects, query),
  };
}

function addressHint({ nodes }: ClusterObjects, { address, port }: TraceQuery): string {
  const places = nodes.flatMap(({ status }) => status?.addresses ?? []).map((node) => node.address);
  return (
    `Port ${port} is a NodePort, but ${address} is no address that NodePorts answer on. ` +
    `Nodes state ${places.slice(0, mostServicesNamed).join(", ")}: ask one of those, or add the address to nodePortAddresses`
  );
}

function nearMisses({ nodes, services }: ClusterObjects, query: TraceQuery): readonly string[] {
  const { address, port, protocol } = query;
  const all = services.flatMap((service) => (service.spec.ports ?? []).map((one) => ({ service, one })));
  const named = (found: readonly { service: Service; one: ServicePort }[]) =>
    found
      .slice(0, mostServicesNamed)
      .map(({ service }) => nameOf(service))
      .join(", ");
  const isNode = ownerOf(nodes, address) !== undefined;
  const otherProtocol = all.filter(
    ({ one }) => one.nodePort === port && (one.protocol ?? "TCP") !== protocol,
  );
  const sameAddress = services.filter((service) => addressesOf(service).includes(address));
  const byServicePort = all.filter(({ one }) => one.port === port && one.nodePort);
  const byTargetPort = all.filter(({ one }) => one.targetPort === port && one.nodePort);
  const hints: string[] = [];
  if (isNode && otherProtocol.length > 0) {
    const protocols = [...new Set(otherProtocol.map(({ one }) => one.protocol ?? "TCP"))].join(", ");
    hints.push(`NodePort ${port} of ${named(otherProtocol)} is ${protocols}, not ${protocol}`);
  }
  for (const service of sameAddress.slice(0, mostServicesNamed)) {
    const ports = (service.spec.ports ?? []).map((one) => `${one.port}/${one.protocol ?? "TCP"}`).join(", ");
    hints.push(`${address} is an address of ${nameOf(service)}, whose ports are ${ports || "none"}`);
  }
  if (isNode && hints.length === 0) {
    for (const { service, one } of [...byServicePort, ...byTargetPort].slice(0, mostServicesNamed)) {
      hints.push(
        `${port} is ${one.port === port ? "the port" : "the target port"} of ${nameOf(service)}: on a node's address ask for its NodePort, ${one.nodePort}`,
      );
    }
  }
  if (hints.length > 0) return hints;
  return [
    isNode
      ? `No Service has NodePort ${port}/${protocol}: kubectl get services --all-namespaces shows which there are`
      : `${address} is no address of a node or a Service of this cluster`,
  ];
}

function addressesOf({ spec, status }: Service): readonly string[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  return [
    ...(spec.clusterIPs ?? []),
    ...(spec.externalIPs ?? []),
    ...ingress.flatMap(({ ip }) => (ip === undefined ? [] : [ip])),
  ];
}

function nameOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}
