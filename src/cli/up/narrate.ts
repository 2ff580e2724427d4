/** Tells in a line what a change of an object means to somebody who watches a local cluster. */
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";

/** `undefined` as previous: the object is new; as next: it is gone. Returns undefined for a change not worth a line. */
export type Narrator<T extends KubeObject> = (
  previous: T | undefined,
  next: T | undefined,
) => string | undefined;

export const narrateService: Narrator<Service> = (previous, next) =>
  onChange("service", previous, next, ({ spec, status }) => {
    const ports = (spec.ports ?? []).map(({ port, targetPort, nodePort, protocol }) => {
      const suffix = protocol === "TCP" ? "" : `/${protocol}`;
      return `${nodePort === undefined ? "" : `${nodePort} → `}${port} → ${targetPort}${suffix}`;
    });
    const addresses = (status.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
    return `${spec.type}  ${ports.join(", ")}${addresses.length > 0 ? `  at ${addresses.join(", ")}` : ""}`;
  });

export const narratePod: Narrator<Pod> = (previous, next) =>
  onChange("pod", previous, next, (pod) => {
    const { spec, status, metadata } = pod;
    if (metadata.deletionTimestamp) return `Terminating on ${spec.nodeName ?? "no node"}`;
    if (!spec.nodeName) return "Pending";
    const waiting = status.containerStatuses
      ?.map(({ state }) => state?.waiting)
      .find((state) => state?.reason);
    const state = waiting?.reason ?? (isReady(pod) ? "Ready" : (status.phase ?? "Pending"));
    const message = waiting?.message ? `: ${waiting.message}` : "";
    return `${state} on ${spec.nodeName}${status.podIP ? ` at ${status.podIP}` : ""}${message}`;
  });

export const narrateNode: Narrator<Node> = (previous, next) =>
  onChange("node", previous, next, (node) => {
    const ready = node.status.conditions?.find(({ type }) => type === "Ready");
    const address = node.status.addresses?.find(({ type }) => type === "InternalIP")?.address;
    const cordoned = node.spec.unschedulable ? ", cordoned" : "";
    return `${ready?.status === "True" ? "Ready" : "NotReady"}${cordoned}${address ? ` at ${address}` : ""}`;
  });

export const narrateEndpointSlice: Narrator<EndpointSlice> = (previous, next) =>
  onChange("endpoints", previous, next, ({ endpoints }) => {
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return `${ready.length} ready: ${ready.map(({ addresses, nodeName }) => `${addresses[0]} (${nodeName ?? "?"})`).join(", ") || "none"}`;
  });

function onChange<T extends KubeObject>(
  kind: string,
  previous: T | undefined,
  next: T | undefined,
  describe: (object: T) => string,
): string | undefined {
  const object = next ?? previous;
  if (!object) return undefined;
  const after = next ? describe(next) : "deleted";
  if (previous && next && describe(previous) === after) return undefined;
  const { namespace, name } = object.metadata;
  return `${kind.padEnd(9)} ${namespace && namespace !== "default" ? `${namespace}/` : ""}${name}  ${after}`;
}

function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
