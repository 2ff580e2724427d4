/** ServiceBook: all Services that are this balancer's, with their addresses and frontends, kept at the cost of what changes. */
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { Node } from "../../api/node.ts";
import type { Service } from "../../api/service.ts";
import type { Problem } from "../../dataplane/index.ts";
import { SliceIndex } from "../../forwarding/slice-index.ts";
import type { AddressPool } from "../addresses/address-pool.ts";
import { type AddressWish, type Allocation, allocateAddresses } from "../addresses/allocate-addresses.ts";
import type { BalancedFrontend } from "../balanced-frontend.ts";
import { annotations } from "./annotations.ts";
import { type BalancedService, readBalancedService } from "./balanced-service.ts";
import { buildFrontends } from "./build-frontends.ts";
import { type EligibleNode, eligibleNodes } from "./eligible-nodes.ts";
import type { ClassChoice } from "./our-services.ts";
import { readServiceEndpoints } from "./service-endpoints.ts";
import type { WantedStatus } from "./status-writer.ts";
import { wantedIngress } from "./wanted-ingress.ts";

export interface ServiceBookOptions extends ClassChoice {
  readonly pools: readonly AddressPool[];
  readonly proxyHealthPort: number;
}

interface Built {
  /** Addresses that the frontends were made for. */
  readonly addresses: string;
  readonly frontends: readonly BalancedFrontend[];
}

export class ServiceBook {
  readonly #options: ServiceBookOptions;
  readonly #services = new Map<string, BalancedService>();
  readonly #slices = new SliceIndex();
  readonly #built = new Map<string, Built>();
  #nodes: readonly EligibleNode[] = [];
  #nodesText = "";
  #allocation: Allocation | undefined;

  constructor(options: ServiceBookOptions) {
    this.#options = options;
  }

  services(): ReadonlyMap<string, BalancedService> {
    return this.#services;
  }

  setService(service: Service): void {
    const name = nameOf(service);
    const balanced = readBalancedService(service, this.#options);
    if (!balanced && !this.#services.has(name)) return;
    if (balanced) this.#services.set(name, balanced);
    else this.#services.delete(name);
    this.#built.delete(name);
    this.#allocation = undefined;
  }

  deleteService(service: Service): void {
    const name = nameOf(service);
    this.#built.delete(name);
    if (this.#services.delete(name)) this.#allocation = undefined;
  }

  /** Returns whether a Service of ours is concerned. */
  setSlice(slice: EndpointSlice): boolean {
    return this.#forget(this.#slices.set(slice));
  }

  deleteSlice({ metadata: { namespace = "", name } }: EndpointSlice): boolean {
    return this.#forget(this.#slices.delete({ namespace, name }));
  }

  /** Returns whether that changes who takes part: a node's heartbeat does not. */
  setNodes(nodes: Iterable<Node>): boolean {
    const eligible = eligibleNodes(nodes);
    const text = JSON.stringify(eligible.map(({ name, addresses }) => [name, ...addresses]));
    if (text === this.#nodesText) return false;
    this.#nodesText = text;
    this.#nodes = eligible;
    this.#built.clear();
    return true;
  }

  /** Who is to have which addresses. */
  allocation(): Allocation {
    this.#allocation ??= allocateAddresses(this.#options.pools, [...this.#services.values()].map(wishOf));
    return this.#allocation;
  }

  /** Frontends of all addresses that Services have. Those of a LoadBalancer Service are in its status, so that all balancers serve the same. */
  frontends(): ReadonlyMap<string, BalancedFrontend> {
    const { addresses } = this.allocation();
    const frontends = new Map<string, BalancedFrontend>();
    for (const [name, service] of this.#services) {
      const given = addresses.get(name) ?? [];
      const isStated = service.object.spec.type === "LoadBalancer";
      const served = isStated ? given.filter((address) => service.current.includes(address)) : given;
      for (const frontend of this.#build(service, served)) frontends.set(frontend.key, frontend);
    }
    return frontends;
  }

  /** `problems` are those of the dataplane, by frontend. */
  statuses(problems: ReadonlyMap<string, Problem["code"]>): readonly WantedStatus[] {
    const { addresses } = this.allocation();
    return [...this.#services.values()]
      .filter(({ object }) => object.spec.type === "LoadBalancer")
      .map(({ name, object, ports }) => ({
        service: object,
        ingress: wantedIngress(addresses.get(name) ?? [], ports, problems),
      }));
  }

  #build(service: BalancedService, addresses: readonly string[]): readonly BalancedFrontend[] {
    const known = this.#built.get(service.name);
    const text = addresses.join();
    if (known?.addresses === text) return known.frontends;
    const frontends = buildFrontends(service, {
      addresses,
      nodes: this.#nodes,
      endpoints: readServiceEndpoints(this.#slices.of(service.name)),
      proxyHealthPort: this.#options.proxyHealthPort,
    });
    this.#built.set(service.name, { addresses: text, frontends });
    return frontends;
  }

  #forget(services: readonly string[]): boolean {
    for (const name of services) this.#built.delete(name);
    return services.some((name) => this.#services.has(name));
  }
}

function wishOf({ name, object, families, current, requested, ports }: BalancedService): AddressWish {
  const { metadata, spec } = object;
  const pool = metadata.annotations?.[annotations.pool];
  const sharingKey = metadata.annotations?.[annotations.sharing];
  return {
    service: name,
    createdAt: metadata.creationTimestamp ?? "",
    families,
    needsAll: spec.ipFamilyPolicy === "RequireDualStack" && requested.length === 0,
    current,
    requested,
    ...(pool !== undefined && { pool }),
    ...(sharingKey !== undefined && { sharingKey }),
    ports: ports.map(({ protocol, port }) => `${protocol}/${port}`),
  };
}

function nameOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}
