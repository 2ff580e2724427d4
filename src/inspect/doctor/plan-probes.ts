/** Which nodes and endpoints the doctor asks. */
import { statedAddresses } from "../../proxy/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import type { ProbeTarget } from "./probe.ts";
import { collectServices, type ServiceFacts } from "./service-facts.ts";

/** kube-proxy's --healthz-bind-address. */
const healthzPort = 10_256;
/** A doctor must not be taken for a scan of the network: so many health checks, and so many ports of Services. */
const mostHealthChecks = 256;
const mostPorts = 256;
/** Each Service's on so many nodes and endpoints, the next one's on other nodes, so that in a large cluster all of them get their turn. */
const placesOfEach = 8;
/** Of the one Service that was asked for; of more nodes these are enough to see what is wrong. */
const mostOfOneService = 768;

export interface ProbePlan {
  readonly targets: readonly ProbeTarget[];
  /** Keys of Services whose ports are not asked, since that would be too many. */
  readonly left: readonly string[];
}

interface AskedNode {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** TCP only: a UDP port tells nothing to who does not speak its protocol. At most 1024. Pure. */
export function planProbes(objects: ClusterObjects, only?: string): ProbePlan {
  const nodes = objects.nodes.map((node) => ({
    name: node.metadata.name,
    addresses: statedAddresses(node),
  }));
  const health: readonly ProbeTarget[] = nodes
    .flatMap(({ name, addresses }) =>
      addresses
        .slice(0, 1)
        .map((address) => ({ kind: "proxy-health" as const, node: name, address, port: healthzPort })),
    )
    .slice(0, mostHealthChecks);
  const services = collectServices(objects).filter(({ nodePorts }) => nodePorts.length > 0);
  const wanted = services.find(({ key }) => key === only);
  if (only !== undefined) {
    const targets = wanted ? targetsOf(wanted, nodes).slice(0, mostOfOneService) : [];
    return { targets: [...health, ...targets], left: [] };
  }
  const ports: ProbeTarget[] = [];
  const left: string[] = [];
  for (const [index, service] of services.entries()) {
    const more = targetsOf(service, someOf(nodes, index * placesOfEach), placesOfEach);
    if (ports.length + more.length <= mostPorts) ports.push(...more);
    else left.push(service.key);
  }
  return { targets: [...health, ...ports], left };
}

/** All of a few; of many those from a place on. */
function someOf(nodes: readonly AskedNode[], place: number): readonly AskedNode[] {
  if (nodes.length <= placesOfEach) return nodes;
  const start = place % nodes.length;
  return [...nodes.slice(start), ...nodes.slice(0, start)].slice(0, placesOfEach);
}

function targetsOf(
  { key, service, slices }: ServiceFacts,
  nodes: readonly AskedNode[],
  mostEndpoints = Number.POSITIVE_INFINITY,
): readonly ProbeTarget[] {
  const families = service.spec.ipFamilies ?? [];
  const ports = (service.spec.ports ?? []).filter(({ protocol }) => (protocol ?? "TCP") === "TCP");
  const atNodes = nodes.flatMap(({ name, addresses }) =>
    addresses
      .filter((address) => families.includes(address.includes(":") ? "IPv6" : "IPv4"))
      .flatMap((address) =>
        ports.flatMap(({ nodePort }) =>
          nodePort ? [{ kind: "node-port" as const, node: name, address, port: nodePort, service: key }] : [],
        ),
      ),
  );
  const atEndpoints = slices.flatMap(({ endpoints, ports: slicePorts }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready ?? true)
      .slice(0, mostEndpoints)
      .flatMap(({ addresses, nodeName }) =>
        (slicePorts ?? []).flatMap(({ port, protocol }) =>
          port && (protocol ?? "TCP") === "TCP" && addresses[0]
            ? [
                {
                  kind: "endpoint" as const,
                  node: nodeName ?? "",
                  address: addresses[0],
                  port,
                  service: key,
                },
              ]
            : [],
        ),
      ),
  );
  return [...atNodes, ...atEndpoints];
}
