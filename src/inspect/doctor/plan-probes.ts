/** Which nodes and endpoints the doctor asks. */
import { statedAddresses } from "../../proxy/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import type { ProbeTarget } from "./probe.ts";
import { collectServices, type ServiceFacts } from "./service-facts.ts";

/** kube-proxy's --healthz-bind-address. */
const healthzPort = 10_256;
/** A doctor must not be taken for a scan of the network. */
const mostTargets = 256;
/** Of the one Service that was asked for; of more nodes these are enough to see what is wrong. */
const mostOfOneService = 768;

export interface ProbePlan {
  readonly targets: readonly ProbeTarget[];
  /** Keys of Services whose ports are not asked, since that would be too many. */
  readonly left: readonly string[];
}

/** TCP only: a UDP port tells nothing to who does not speak its protocol. Pure. */
export function planProbes(objects: ClusterObjects, only?: string): ProbePlan {
  const nodes = objects.nodes.map((node) => ({
    name: node.metadata.name,
    addresses: statedAddresses(node),
  }));
  const targets: ProbeTarget[] = nodes
    .flatMap(({ name, addresses }) =>
      addresses
        .slice(0, 1)
        .map((address) => ({ kind: "proxy-health" as const, node: name, address, port: healthzPort })),
    )
    .slice(0, mostTargets);
  const left: string[] = [];
  for (const service of collectServices(objects)) {
    if ((only !== undefined && service.key !== only) || service.nodePorts.length === 0) continue;
    const more = targetsOf(service, nodes);
    if (service.key === only) targets.push(...more.slice(0, mostOfOneService));
    else if (targets.length + more.length <= mostTargets) targets.push(...more);
    else left.push(service.key);
  }
  return { targets, left };
}

function targetsOf(
  { key, service, slices }: ServiceFacts,
  nodes: readonly { readonly name: string; readonly addresses: readonly string[] }[],
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
