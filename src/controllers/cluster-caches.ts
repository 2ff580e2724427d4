/** The caches that the controllers share: one watch for each kind. */
import type { EndpointSlice, Endpoints } from "../api/endpoint-slice.ts";
import type { Namespace } from "../api/event.ts";
import type { KubeObject } from "../api/meta.ts";
import type { Lease, Node } from "../api/node.ts";
import type { Pod } from "../api/pod.ts";
import type { Service } from "../api/service.ts";
import type { Deployment, ReplicaSet } from "../api/workload.ts";
import {
  type ApiClient,
  deployments,
  endpointSlices,
  endpoints,
  type ListWatchCache,
  leases,
  namespaces,
  nodes,
  openListWatchCache,
  pods,
  type Resource,
  replicaSets,
  services,
} from "../client/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";

export interface ClusterCaches {
  readonly services: ListWatchCache<Service>;
  readonly pods: ListWatchCache<Pod>;
  readonly nodes: ListWatchCache<Node>;
  readonly endpointSlices: ListWatchCache<EndpointSlice>;
  readonly endpoints: ListWatchCache<Endpoints>;
  readonly deployments: ListWatchCache<Deployment>;
  readonly replicaSets: ListWatchCache<ReplicaSet>;
  readonly namespaces: ListWatchCache<Namespace>;
  /** Node leases alone. */
  readonly leases: ListWatchCache<Lease>;
  readonly all: readonly ListWatchCache<KubeObject>[];
  /** The kind's cache; undefined if there is none for it. */
  of(resource: Resource): ListWatchCache<KubeObject> | undefined;
  /** What a write returned: reconcilers see it before the watch tells. */
  note(resource: Resource, object: KubeObject): void;
}

export interface ClusterCachesOptions {
  readonly client: ApiClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export const nodeLeaseNamespace = "kube-node-lease";

export function openClusterCaches(options: ClusterCachesOptions): ClusterCaches {
  const byPlural = new Map<string, ListWatchCache<KubeObject>>();
  const open = <T extends KubeObject>(resource: Resource<T>, namespace?: string): ListWatchCache<T> => {
    const cache = openListWatchCache({
      ...options,
      resource,
      trim: withParts,
      ...(namespace ? { namespace } : {}),
    });
    byPlural.set(nameOf(resource), cache as unknown as ListWatchCache<KubeObject>);
    return cache;
  };
  return {
    // In the order in which a cluster that starts needs them.
    nodes: open(nodes),
    pods: open(pods),
    deployments: open(deployments),
    replicaSets: open(replicaSets),
    services: open(services),
    endpointSlices: open(endpointSlices),
    endpoints: open(endpoints),
    namespaces: open(namespaces),
    leases: open(leases, nodeLeaseNamespace),
    get all() {
      return [...byPlural.values()];
    },
    of: (resource) => byPlural.get(nameOf(resource)),
    note(resource, object) {
      if (object.kind === resource.kind) byPlural.get(nameOf(resource))?.note(object);
    },
  };
}

/** A Node that says nothing may come without a spec, an object that nobody has reported on yet without a status. */
function withParts<T extends KubeObject>(object: T): T {
  return "status" in object && "spec" in object ? object : { spec: {}, status: {}, ...object };
}

function nameOf({ plural, group }: Resource): string {
  return `${plural}.${group}`;
}
