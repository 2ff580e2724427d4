/** Finds out where a packet comes from and which node's proxy decides about it. */
import { isNodeReady, type Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import { canonicalAddress, familyOf, isInCidrs } from "../../forwarding/index.ts";
import { statedAddresses } from "../../proxy/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import type { NodeStep, SourceStep, TraceQuery } from "./trace.ts";

export interface PlacedPacket {
  readonly node: Node;
  readonly source: SourceStep;
  readonly nodeStep: NodeStep;
}

/** A question that names something which the cluster does not have; the message says what it has. */
export class UnknownPlaceError extends Error {
  override readonly name = "UnknownPlaceError";
}

/**
 * The node that has the address decides; for addresses that all nodes serve (cluster addresses) it is the node that the client is
 * on, or the one that was asked for. Throws UnknownPlaceError if a pod or node that the query names is not there.
 */
export function placePacket(objects: ClusterObjects, query: TraceQuery): PlacedPacket {
  const origin = originOf(objects, query);
  const owner = ownerOf(objects.nodes, query.address);
  const asked = query.node === undefined ? undefined : nodeNamed(objects.nodes, query.node);
  const runs = origin.node && objects.nodes.find(({ metadata }) => metadata.name === origin.node);
  const [node, because] = asked
    ? ([asked, "asked-for"] as const)
    : owner
      ? ([owner, "has-the-address"] as const)
      : runs
        ? ([runs, "runs-the-source"] as const)
        : ([firstByName(objects.nodes), "first-by-name"] as const);
  return {
    node,
    source: { kind: "source", ...origin, scope: scopeOn(node, origin) },
    nodeStep: { kind: "node", name: node.metadata.name, ready: isNodeReady(node), because },
  };
}

/** The node that states this address. */
export function ownerOf(nodes: readonly Node[], address: string): Node | undefined {
  return nodes.find((node) => statedAddresses(node).includes(address));
}

type Origin = Omit<SourceStep, "kind" | "scope">;

function originOf({ nodes, pods }: ClusterObjects, { from, address }: TraceQuery): Origin {
  if (!from) return {};
  if (from.kind === "pod") {
    const pod = pods.find(
      ({ metadata }) => metadata.name === from.name && metadata.namespace === from.namespace,
    );
    if (!pod) throw new UnknownPlaceError(`There is no pod "${from.name}" in namespace "${from.namespace}"`);
    return originInPod(pod, address);
  }
  const pod = pods.find((candidate) => podAddresses(candidate).includes(from.address));
  if (pod && !pod.spec?.hostNetwork) return { ...originInPod(pod, address), address: from.address };
  const node = ownerOf(nodes, from.address);
  return { address: from.address, ...(node && { node: node.metadata.name }) };
}

function originInPod(pod: Pod, destination: string): Origin {
  const { name, namespace } = pod.metadata;
  const address = podAddresses(pod).find((candidate) => familyOf(candidate) === familyOf(destination));
  if (address === undefined) {
    throw new UnknownPlaceError(
      `Pod "${namespace}/${name}" has no ${familyOf(destination)} address to send from: it is ${pod.status?.phase ?? "Pending"}`,
    );
  }
  return { address, pod: `${namespace}/${name}`, ...(pod.spec?.nodeName && { node: pod.spec.nodeName }) };
}

/** In their canonical spelling. */
export function podAddresses({ status }: Pod): readonly string[] {
  const all = [...(status?.podIPs ?? []).map(({ ip }) => ip), status?.podIP];
  return [...new Set(all.flatMap((address) => canonicalAddress(address ?? "") ?? []))];
}

function scopeOn(node: Node, { address, pod, node: home }: Origin): SourceStep["scope"] {
  if (address === undefined) return "external";
  if (statedAddresses(node).includes(address)) return "node";
  if (pod !== undefined) return home === node.metadata.name ? "local-pod" : "external";
  const { podCIDR, podCIDRs = podCIDR ? [podCIDR] : [] } = node.spec ?? {};
  return isInCidrs(address, podCIDRs) ? "local-pod" : "external";
}

function nodeNamed(nodes: readonly Node[], name: string): Node {
  const node = nodes.find(({ metadata }) => metadata.name === name);
  if (node) return node;
  throw new UnknownPlaceError(`There is no node "${name}"; the cluster has ${namesOf(nodes)}`);
}

function firstByName(nodes: readonly Node[]): Node {
  const [first] = [...nodes].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  if (first) return first;
  throw new UnknownPlaceError("The cluster has no nodes, so nothing is forwarded");
}

function namesOf(nodes: readonly Node[]): string {
  return nodes.map(({ metadata }) => `"${metadata.name}"`).join(", ") || "none";
}
