/** ServiceFacts: a Service together with what belongs to it. */
import { type EndpointSlice, type SliceEndpoint, serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";
import type { ClusterObjects } from "../cluster-objects.ts";

export interface ServiceFacts {
  /** `namespace/name` */
  readonly key: string;
  readonly service: Service;
  readonly selector: Readonly<Record<string, string>>;
  readonly hasSelector: boolean;
  /** Pods that the selector matches and that are not over; none without a selector. */
  readonly pods: readonly Pod[];
  /** All pods of its namespace. */
  readonly neighbours: readonly Pod[];
  readonly slices: readonly EndpointSlice[];
  readonly endpoints: readonly SliceEndpoint[];
  /** NodePort or LoadBalancer, with at least one node port. */
  readonly nodePorts: readonly number[];
}

/** In the order of their keys. Services of type ExternalName are left out: nothing is forwarded for them. */
export function collectServices({ services, pods, endpointSlices }: ClusterObjects): readonly ServiceFacts[] {
  const podsIn = Map.groupBy(pods, ({ metadata }) => metadata.namespace ?? "");
  const slicesOf = Map.groupBy(
    endpointSlices,
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.[serviceNameLabel] ?? ""}`,
  );
  return services
    .filter(({ spec }) => spec.type !== "ExternalName")
    .map((service) => {
      const key = `${service.metadata.namespace}/${service.metadata.name}`;
      const neighbours = podsIn.get(service.metadata.namespace ?? "") ?? [];
      const slices = slicesOf.get(key) ?? [];
      const selector = service.spec.selector ?? {};
      const hasSelector = Object.keys(selector).length > 0;
      return {
        key,
        service,
        selector,
        hasSelector,
        neighbours,
        pods: hasSelector ? neighbours.filter((pod) => !isOver(pod) && matches(pod, selector)) : [],
        slices,
        endpoints: slices.flatMap((slice) => slice.endpoints ?? []),
        nodePorts: nodePortsOf(service),
      };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

export function matches({ metadata }: Pod, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value);
}

export function isPodReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  );
}

export function podKey({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** `a, b, c and 4 more` */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Of a Service of another type there are none. */
export function nodePortsOf({ spec }: Service): readonly number[] {
  if (spec.type !== "NodePort" && spec.type !== "LoadBalancer") return [];
  return (spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
}
