/** Checks of the addresses that a Service can be reached at. */
import type { Service } from "../../../api/service.ts";
import { proxyNameLabel } from "../../../api/service-labels.ts";
import type { ServiceProblem } from "../../../forwarding/index.ts";
import { type Check, type Finding, serviceCheck } from "../check.ts";
import type { Facts } from "../facts.ts";
import { listed } from "../service-facts.ts";

export const addressChecks: readonly Check[] = [
  {
    id: "address-taken",
    severity: "error",
    title: "Two Services claim the same address and port",
    causes: ["not-programmed"],
    explanation: `Two Services have the same external or load-balancer address and the same port. The older one gets the traffic, the other one none; a cluster address always prevails over both.

Take the address out of one of them, or change its port.`,
    find: (facts) =>
      problemsOf(facts, "address-taken", "Take the address out of one of them, or change its port"),
  },
  {
    id: "invalid-source-range",
    severity: "warning",
    title: "A source range cannot be read",
    causes: ["not-programmed"],
    explanation: "An entry of loadBalancerSourceRanges is no CIDR. It lets nobody in.",
    find: (facts) => problemsOf(facts, "invalid-source-range", "Write CIDRs such as 192.0.2.0/24"),
  },
  {
    id: "invalid-address",
    severity: "warning",
    title: "An address of the Service cannot be read",
    causes: ["not-programmed"],
    explanation: "An external or load-balancer address is no IP address, so nothing is forwarded for it.",
    find: (facts) => problemsOf(facts, "invalid-address", "Write an IPv4 or IPv6 address"),
  },
  {
    id: "invalid-proxy-protocol",
    severity: "warning",
    title: "The annotation for the PROXY protocol has no such value",
    causes: ["not-programmed"],
    explanation: 'porthole.dev/proxy-protocol is "v1" or "v2". With any other value no header is sent.',
    find: (facts) => problemsOf(facts, "invalid-proxy-protocol", 'Set it to "v1" or "v2", or remove it'),
  },
  serviceCheck({
    id: "no-address-of-family",
    severity: "error",
    title: "No node has an address of the Service's IP family",
    explanation: `The Service is of one IP family and the nodes state addresses of the other only. Its NodePort answers nowhere.

Set spec.ipFamilyPolicy and spec.ipFamilies to what the nodes have, or give the nodes addresses of both families.`,
    find: ({ service, nodePorts }, { objects }) => {
      const families = service.spec.ipFamilies ?? [];
      if (nodePorts.length === 0 || families.length === 0 || objects.nodes.length === 0) return undefined;
      const addresses = objects.nodes.flatMap(({ status }) =>
        (status.addresses ?? []).filter(({ type }) => type === "InternalIP" || type === "ExternalIP"),
      );
      const has = new Set(addresses.map(({ address }) => (address.includes(":") ? "IPv6" : "IPv4")));
      if (families.some((family) => has.has(family))) return undefined;
      return {
        evidence: `The Service is ${families.join(", ")}, the nodes have ${[...has].join(", ") || "no addresses"}`,
        advice: "Set spec.ipFamilies to a family that the nodes have",
      };
    },
  }),
  serviceCheck({
    id: "no-endpoint-of-family",
    severity: "warning",
    title: "The Service has endpoints of one IP family only",
    explanation: `A dual-stack Service has an address of each family, but its pods have addresses of one of them. Clients of the other family are refused.

Pods get both addresses only where the cluster's network plug-in is dual-stack, and where the program listens on both.`,
    find: ({ service, slices }) => {
      const families = service.spec.ipFamilies ?? [];
      if (families.length < 2) return undefined;
      const has = new Set(
        slices.flatMap((slice) => ((slice.endpoints ?? []).length > 0 ? [slice.addressType] : [])),
      );
      const without = families.filter((family) => !has.has(family));
      if (has.size === 0 || without.length === 0) return undefined;
      return {
        evidence: `There are no ${without.join(", ")} endpoints`,
        advice: "Set ipFamilyPolicy: SingleStack, or give pods addresses of both families",
      };
    },
  }),
  serviceCheck({
    id: "other-proxy",
    severity: "info",
    title: "The Service is for another proxy",
    causes: ["node-port-silent", "node-port-lacking"],
    explanation: `The label ${proxyNameLabel} takes a Service away from kube-proxy and from Porthole without --service-proxy-name: whoever the label names is to forward for it. If nobody is there, nobody does.`,
    find: ({ service }) => {
      const name = service.metadata.labels?.[proxyNameLabel];
      return name === undefined
        ? undefined
        : { evidence: `${proxyNameLabel} is "${name}"`, advice: "Remove the label, unless that proxy runs" };
    },
  }),
  serviceCheck({
    id: "load-balancer-pending",
    severity: "error",
    title: "No load balancer has given the Service an address",
    explanation: `A Service of type LoadBalancer stays <pending> until something that fulfils it writes an address into its status: a cloud's controller, MetalLB, "porthole lb". Which one is asked is said by spec.loadBalancerClass; without a class it is the cluster's default, if it has any.

Until then its NodePort works.`,
    find: ({ service }, { events }) => {
      if (service.spec.type !== "LoadBalancer") return undefined;
      if ((service.status.loadBalancer?.ingress ?? []).length > 0) return undefined;
      const { loadBalancerClass } = service.spec;
      const told = events.findLast(
        ({ type, involvedObject }) =>
          type === "Warning" &&
          involvedObject.kind === "Service" &&
          involvedObject.namespace === service.metadata.namespace &&
          involvedObject.name === service.metadata.name,
      );
      return {
        evidence:
          told?.message ??
          `status.loadBalancer is empty, spec.loadBalancerClass is ${loadBalancerClass ? `"${loadBalancerClass}"` : "not set"}`,
        advice: "See that a load balancer for this class runs and has addresses left, or use the NodePort",
      };
    },
  }),
  serviceCheck({
    id: "load-balancer-port-error",
    severity: "error",
    title: "The load balancer could not serve a port",
    explanation:
      "A load balancer tells in status.loadBalancer.ingress[].ports what it could not do for a port: some serve no UDP, or not both protocols at one address (KEP-1435).",
    find: ({ service }) => {
      const failed = (service.status.loadBalancer?.ingress ?? []).flatMap(({ ports }) =>
        (ports ?? []).flatMap(({ port, protocol, error }) =>
          error ? [`${port}/${protocol}: ${error}`] : [],
        ),
      );
      if (failed.length === 0) return undefined;
      return {
        evidence: listed(failed),
        advice: failed.some((text) => text.endsWith("AddressInUse"))
          ? "Stop the program that has the port at the balancer's address, or use another port"
          : "Ask a load balancer that can, or split the Service",
      };
    },
  }),
  serviceCheck({
    id: "headless-with-node-port-in-mind",
    severity: "info",
    title: "The Service is headless: no proxy forwards for it",
    explanation:
      "With clusterIP: None a Service is names in DNS and nothing more. It has no NodePort and no address; clients must reach pods themselves.",
    find: ({ service }, { objects }) => {
      if (service.spec.clusterIP !== "None" || sharesSelector(service, objects.services)) return undefined;
      return {
        evidence: "spec.clusterIP is None",
        advice: "Create a second Service of type NodePort with the same selector",
      };
    },
  }),
];

/** A StatefulSet's headless Service usually stands beside one that is forwarded. */
function sharesSelector({ metadata, spec }: Service, services: readonly Service[]): boolean {
  const text = JSON.stringify(spec.selector ?? {});
  return services.some(
    (other) =>
      other.metadata.namespace === metadata.namespace &&
      other.metadata.name !== metadata.name &&
      JSON.stringify(other.spec.selector ?? {}) === text,
  );
}

function problemsOf(
  { services, problems }: Facts,
  code: ServiceProblem["code"],
  advice: string,
): readonly Finding[] {
  return services.flatMap(({ key }) =>
    (problems.get(key) ?? [])
      .filter((problem) => problem.code === code)
      .map(({ message }) => ({ object: `Service ${key}`, evidence: message, advice })),
  );
}
