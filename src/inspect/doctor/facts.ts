/** Facts: all that checks may look at. They ask nobody themselves. */
import type { KubeEvent } from "../../api/event.ts";
import { buildForwardingTable, type ServiceProblem } from "../../forwarding/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import type { ProxyStatus } from "../forwarding-status.ts";
import { hostsOf, type NodeHost } from "./node-host.ts";
import type { ProbeResult } from "./probe.ts";
import { collectServices, type ServiceFacts } from "./service-facts.ts";

export interface Facts {
  readonly objects: ClusterObjects;
  readonly events: readonly KubeEvent[];
  /** Those that are looked at: all, or the one that was asked for. */
  readonly services: readonly ServiceFacts[];
  /** What in the Services cannot be followed, all of them, by `namespace/name`. */
  readonly problems: ReadonlyMap<string, readonly ServiceProblem[]>;
  /** What nodes answered; empty where nobody asked them. */
  readonly probes: readonly ProbeResult[];
  /** What the nodes' proxies say; nothing of nodes where another proxy runs. */
  readonly proxies: readonly ProxyStatus[];
  /** How nodes' systems are set up, as far as somebody tells. */
  readonly hosts: readonly NodeHost[];
}

/** What cannot be followed does not depend on which node; any will do to see it. */
const anyNode = { name: "", labels: {}, addresses: [], nodePortAddresses: [], podCIDRs: [] };

/** `only`: `namespace/name` of the one Service to look at. `here`: this machine, where it is a node of which no proxy tells. */
export function gatherFacts(
  objects: ClusterObjects,
  events: readonly KubeEvent[],
  probes: readonly ProbeResult[],
  only?: string,
  proxies: readonly ProxyStatus[] = [],
  here?: NodeHost,
): Facts {
  const services = collectServices(objects).filter(({ key }) => only === undefined || key === only);
  const { problems } = buildForwardingTable({ ...objects, endpointSlices: [], node: anyNode });
  return {
    objects,
    events,
    services,
    problems,
    probes,
    proxies,
    hosts: [...hostsOf(proxies), ...(here ? [here] : [])],
  };
}
