/** The endpoints that a Service should have: its pods, as EndpointSlices and Endpoints tell of them. */
import type { EndpointPort, SliceEndpoint } from "../../api/endpoint-slice.ts";
import { labelsInclude } from "../../api/label-selector.ts";
import type { ObjectReference } from "../../api/meta.ts";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import type { IPFamily, Service, ServicePort } from "../../api/service.ts";
import { isPodFinished, isPodReady } from "../conditions.ts";

/** Endpoints that share a list of ports: named target ports may mean another number in each pod. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly SliceEndpoint[];
}

const zoneLabel = "topology.kubernetes.io/zone";

/** The pods that the Service selects and that have an address of the family, oldest address first come, each address once. */
export function selectPods(service: Service, pods: readonly Pod[], family: IPFamily): readonly Pod[] {
  const selector = service.spec.selector ?? {};
  const byAddress = new Map<string, Pod>();
  for (const pod of pods) {
    if (isPodFinished(pod) || !labelsInclude(pod.metadata.labels, selector)) continue;
    const address = podAddress(pod, family);
    if (address === undefined) continue;
    const holder = byAddress.get(address);
    if (!holder || isSucceededBy(holder, pod)) byAddress.set(address, pod);
  }
  return [...byAddress.values()];
}

/** Of two pods with one address, one is on its way out and has not let go of it in the API yet. */
function isSucceededBy(holder: Pod, other: Pod): boolean {
  const leaving = holder.metadata.deletionTimestamp !== undefined;
  if (leaving !== (other.metadata.deletionTimestamp !== undefined)) return leaving;
  return holder.metadata.creationTimestamp < other.metadata.creationTimestamp;
}

/** Groups by resolved ports; the groups and their endpoints are in the order of the pods. */
export function desiredPortGroups(
  service: Service,
  pods: readonly Pod[],
  family: IPFamily,
  nodes: ReadonlyMap<string, Node>,
): readonly PortGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: SliceEndpoint[] }>();
  for (const pod of selectPods(service, pods, family)) {
    const ports = resolvePorts(service, pod);
    // Without a port that leads anywhere the pod is no endpoint, unless the Service (a headless one) has no ports.
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, family, nodes));
    groups.set(key, group);
  }
  return [...groups.values()];
}

export function portsKey(ports: readonly EndpointPort[] | null): string {
  const texts = (ports ?? []).map(({ name, protocol, port, appProtocol }) =>
    JSON.stringify([name ?? "", protocol ?? "TCP", port ?? null, appProtocol ?? ""]),
  );
  return texts.sort().join();
}

/** A named target port is looked up among the pod's container ports; one that is not there is left out. */
export function resolvePorts(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((servicePort) => {
    const port = targetPortOf(servicePort, pod);
    if (port === undefined) return [];
    const { name = "", protocol, appProtocol } = servicePort;
    return [{ name, protocol, port, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function targetPortOf({ targetPort, protocol, port }: ServicePort, pod: Pod): number | undefined {
  if (typeof targetPort === "number") return targetPort || port;
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const named = containers
    .flatMap(({ ports = [] }) => ports)
    .find((candidate) => candidate.name === targetPort && (candidate.protocol ?? "TCP") === protocol);
  return named?.containerPort;
}

function endpointOf(
  service: Service,
  pod: Pod,
  family: IPFamily,
  nodes: ReadonlyMap<string, Node>,
): SliceEndpoint {
  const { metadata, spec } = pod;
  const serving = isPodReady(pod);
  const terminating = metadata.deletionTimestamp !== undefined;
  const zone = nodes.get(spec.nodeName ?? "")?.metadata.labels?.[zoneLabel];
  const hostname = hostnameOf(service, pod);
  return {
    addresses: [podAddress(pod, family) ?? ""],
    conditions: {
      ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname ? { hostname } : {}),
    targetRef: podReference(pod),
    ...(spec.nodeName ? { nodeName: spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

export function podReference({ metadata }: Pod): ObjectReference {
  const { namespace, name, uid } = metadata;
  return { kind: "Pod", ...(namespace ? { namespace } : {}), name, uid };
}

/** A pod has a name in DNS below a headless Service that is its subdomain. */
export function hostnameOf(service: Service, { metadata, spec }: Pod): string | undefined {
  const { name, namespace } = service.metadata;
  return spec.hostname && spec.subdomain === name && metadata.namespace === namespace
    ? spec.hostname
    : undefined;
}

export function podAddress({ status }: Pod, family: IPFamily): string | undefined {
  const addresses = status.podIPs?.map(({ ip }) => ip) ?? (status.podIP ? [status.podIP] : []);
  return addresses.find((address) => familyOfAddress(address) === family);
}

export function familyOfAddress(address: string): IPFamily {
  return address.includes(":") ? "IPv6" : "IPv4";
}
