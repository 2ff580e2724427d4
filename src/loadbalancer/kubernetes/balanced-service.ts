/** BalancedService: what a Service asks of a load balancer. Pure. */
import type { Service } from "../../api/service.ts";
import { canonicalAddress, type Family, type Protocol } from "../../forwarding/index.ts";
import { describeService, type ServiceDescription } from "../../forwarding/service-description.ts";
import { annotations } from "./annotations.ts";
import { type ClassChoice, isOurs } from "./our-services.ts";

export interface BalancedPort {
  /** Of the Service's port; "" if it has none. */
  readonly name: string;
  readonly protocol: Protocol;
  /** Where clients find it. */
  readonly port: number;
  /** Absent where the Service has none (allocateLoadBalancerNodePorts). */
  readonly nodePort?: number;
}

export interface BalancedService {
  readonly object: Service;
  /** `default/web` */
  readonly name: string;
  readonly description: ServiceDescription;
  readonly ports: readonly BalancedPort[];
  readonly families: readonly Family[];
  readonly requested: readonly string[];
  /** What its status says it has; a NodePort Service has no such status. */
  readonly current: readonly string[];
  readonly proxyProtocol?: "v1" | "v2";
  /** What in it cannot be followed, a sentence each. */
  readonly problems: readonly string[];
}

/** Undefined for a Service that is not this balancer's. */
export function readBalancedService(service: Service, choice: ClassChoice): BalancedService | undefined {
  const { metadata, spec } = service;
  if (metadata.deletionTimestamp !== undefined || !isOurs(service, choice)) return undefined;
  const { description } = describeService(service);
  if (!description) return undefined;
  const problems: string[] = [];
  const requested = readAddresses(service, problems);
  const proxyProtocol = readProxyProtocol(service, problems);
  return {
    object: service,
    name: `${metadata.namespace}/${metadata.name}`,
    description,
    ports: readPorts(service, description, problems),
    families: spec.ipFamilies ?? [...description.families.keys()],
    requested,
    current: spec.type === "LoadBalancer" ? ingressAddresses(service) : [],
    ...(proxyProtocol && { proxyProtocol }),
    problems,
  };
}

export function ingressAddresses({ status }: Service): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => canonicalAddress(ip ?? "") ?? []);
}

function readAddresses({ metadata, spec }: Service, problems: string[]): readonly string[] {
  const annotated = metadata.annotations?.[annotations.address];
  const text = annotated ?? (spec.type === "LoadBalancer" ? spec.loadBalancerIP : undefined) ?? "";
  const field = annotated === undefined ? "spec.loadBalancerIP" : `Annotation ${annotations.address}`;
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .flatMap((part) => {
      const address = canonicalAddress(part);
      if (address === undefined)
        problems.push(`${field} holds "${part}", which is no IP address: correct it`);
      return address ?? [];
    });
}

function readPorts(
  { metadata, spec }: Service,
  { ports }: ServiceDescription,
  problems: string[],
): readonly BalancedPort[] {
  const text = spec.type === "NodePort" ? metadata.annotations?.[annotations.ports] : undefined;
  if (text === undefined) return ports;
  const wanted = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, name, number] = /^(?:([a-z0-9-]+)=)?(\d{1,5})$/.exec(part.trim()) ?? [];
    const port = Number(number);
    const isKnown = name === undefined ? ports.length === 1 : ports.some((one) => one.name === name);
    if (port >= 1 && port <= 65_535 && isKnown) wanted.set(name ?? ports[0]?.name ?? "", port);
    else
      problems.push(
        wrongPorts(
          text,
          ports.map(({ name }) => name),
        ),
      );
  }
  return ports.flatMap((port) => {
    const at = wanted.get(port.name);
    return at === undefined ? [] : [{ ...port, port: at }];
  });
}

function wrongPorts(text: string, names: readonly string[]): string {
  const example = names.length === 1 ? "80" : `${names[0]}=80`;
  return `Annotation ${annotations.ports} is "${text}": write it like "${example}", with names of the Service's ports`;
}

function readProxyProtocol({ metadata }: Service, problems: string[]): "v1" | "v2" | undefined {
  const value = metadata.annotations?.[annotations.proxyProtocol];
  if (value === undefined || value === "v1" || value === "v2") return value;
  problems.push(
    `Annotation ${annotations.proxyProtocol} is "${value}": set it to "v1" or "v2", or remove it`,
  );
  return undefined;
}
