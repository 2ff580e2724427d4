/**
 * Gives addresses out of pools to Services. Pure: what comes out depends on nothing but what goes in, and not on its order, so whoever
 * sees the same Services gives the same addresses.
 */
import { type Family, familyOf } from "../../forwarding/index.ts";
import { type AddressPool, poolHolds } from "./address-pool.ts";
import { FreeAddresses } from "./free-addresses.ts";

/** What a Service asks for. */
export interface AddressWish {
  /** `default/web` */
  readonly service: string;
  /** RFC 3339; the older Service goes first. */
  readonly createdAt: string;
  readonly families: readonly Family[];
  /** With one family missing it wants none (RequireDualStack). */
  readonly needsAll: boolean;
  /** It has these and keeps them if it may. */
  readonly current: readonly string[];
  /** It takes these or none; empty: any. */
  readonly requested: readonly string[];
  /** Out of this pool only. */
  readonly pool?: string;
  /** Services with the same key may have one address, with different ports. */
  readonly sharingKey?: string;
  /** `TCP/80` */
  readonly ports: readonly string[];
}

export interface Refusal {
  readonly service: string;
  /** Of the Event on the Service. */
  readonly reason: "AddressPoolExhausted" | "AddressRefused" | "NoSuchAddressPool";
  /** A sentence for the user: what is wrong and what to do. */
  readonly message: string;
}

export interface Allocation {
  /** By Service, in the order of its families; a Service that gets none has an empty list. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly refusals: readonly Refusal[];
}

/**
 * Whoever has an address keeps it, the oldest Service first; then the others get theirs, the oldest first. Asked again with what it gave,
 * it gives the same.
 */
export function allocateAddresses(pools: readonly AddressPool[], wishes: readonly AddressWish[]): Allocation {
  const inOrder = wishes.toSorted(
    (a, b) => compare(a.createdAt, b.createdAt) || compare(a.service, b.service),
  );
  const without = new Set<string>();
  for (;;) {
    const ledger = new Ledger(pools);
    const takers = inOrder.filter(({ service }) => !without.has(service));
    const kept = new Map(takers.map((wish) => [wish.service, ledger.keep(wish)]));
    const given = new Map(
      takers.map((wish) => [wish.service, ledger.complete(wish, kept.get(wish.service) ?? [])]),
    );
    // What one gave back is for those who had to do without it, so they are asked again as if it had never been taken.
    const gaveBack = takers.filter(({ service }) => given.get(service)?.gaveBack);
    if (gaveBack.length === 0) {
      // They may be lucky with what is left over.
      for (const wish of inOrder.filter(({ service }) => without.has(service)))
        given.set(wish.service, ledger.complete(wish, []));
      return {
        addresses: new Map(inOrder.map(({ service }) => [service, given.get(service)?.addresses ?? []])),
        refusals: inOrder.flatMap(({ service }) => given.get(service)?.refusals ?? []),
      };
    }
    for (const { service } of gaveBack) without.add(service);
  }
}

interface Given {
  readonly addresses: readonly string[];
  readonly refusals: readonly Refusal[];
  /** It had or took an address and does not need it, since another is missing. */
  readonly gaveBack: boolean;
}

interface Claim {
  readonly sharingKey: string | undefined;
  readonly owners: string[];
  readonly ports: Set<string>;
}

/** Who has what while addresses are given out. */
class Ledger {
  readonly #pools: readonly AddressPool[];
  readonly #claims = new Map<string, Claim>();
  /** By the pool's index and the family. */
  readonly #freeAddresses = new Map<string, FreeAddresses>();

  constructor(pools: readonly AddressPool[]) {
    this.#pools = pools;
  }

  /** Takes what the Service has, one address of a family, as far as it may keep it. */
  keep(wish: AddressWish): readonly string[] {
    return wish.families.flatMap((family) => {
      const kept = wish.current.find(
        (address) => familyOf(address) === family && this.#whyNot(wish, address) === undefined,
      );
      if (kept === undefined) return [];
      this.#take(wish, kept);
      return [kept];
    });
  }

  /** Gives an address of each family that is missing. */
  complete(wish: AddressWish, kept: readonly string[]): Given {
    const refusals: Refusal[] = [];
    const addresses = wish.families.flatMap((family) => {
      const held = kept.find((address) => familyOf(address) === family);
      if (held !== undefined) return [held];
      const given = wish.requested.length > 0 ? this.#requested(wish, family) : this.#free(wish, family);
      if (typeof given !== "string") {
        if (given) refusals.push(given);
        return [];
      }
      this.#take(wish, given);
      return [given];
    });
    if (wish.needsAll && addresses.length < wish.families.length) {
      for (const address of addresses) this.#giveBack(wish, address);
      return { addresses: [], refusals, gaveBack: addresses.length > 0 };
    }
    // Half of what a dual-stack Service prefers is what it asked for.
    const content = addresses.length > 0 && wish.requested.length === 0;
    return { addresses, refusals: content ? [] : refusals, gaveBack: false };
  }

  #requested(wish: AddressWish, family: Family): string | Refusal | undefined {
    const address = wish.requested.find((candidate) => familyOf(candidate) === family);
    if (address === undefined) return undefined;
    const why = this.#whyNot(wish, address);
    if (why === undefined) return address;
    const message = `Cannot give address ${address} to Service "${wish.service}": ${why}`;
    return { service: wish.service, reason: "AddressRefused", message };
  }

  #free(wish: AddressWish, family: Family): string | Refusal {
    const { service, pool: wanted } = wish;
    const pools = this.#pools.filter(({ name, autoAssign }) =>
      wanted === undefined ? autoAssign : name === wanted,
    );
    for (const pool of pools) {
      const address = this.#freeOf(pool, family).first();
      if (address !== undefined) return address;
    }
    const message = `Cannot give an ${family} address to Service "${service}": `;
    if (wanted !== undefined && pools.length === 0) {
      const known = this.#pools.map(({ name }) => name).join(", ");
      return {
        service,
        reason: "NoSuchAddressPool",
        message: `${message}there is no pool "${wanted}", only ${known}`,
      };
    }
    const names = pools.map(({ name }) => `"${name}"`).join(", ");
    const why =
      names === ""
        ? "addresses of all pools are given only to who asks for one"
        : `all of pool ${names} are taken; delete a Service or enlarge the pool`;
    return { service, reason: "AddressPoolExhausted", message: message + why };
  }

  #freeOf(pool: AddressPool, family: Family): FreeAddresses {
    const key = `${this.#pools.indexOf(pool)} ${family}`;
    const known = this.#freeAddresses.get(key);
    const free = known ?? new FreeAddresses(pool, family, (address) => this.#claims.has(address));
    this.#freeAddresses.set(key, free);
    return free;
  }

  #whyNot({ service, requested, pool, sharingKey, ports }: AddressWish, address: string): string | undefined {
    const holders = this.#pools.filter((candidate) => poolHolds(candidate, address));
    if (requested.length > 0 && !requested.includes(address)) return "it asks for another one";
    if (holders.length === 0) return "it is in no address pool";
    if (pool !== undefined && !holders.some(({ name }) => name === pool))
      return `it is not in pool "${pool}"`;
    const claim = this.#claims.get(address);
    if (!claim || claim.owners.every((owner) => owner === service)) return undefined;
    const owners = claim.owners.map((owner) => `"${owner}"`).join(", ");
    if (sharingKey === undefined || claim.sharingKey !== sharingKey)
      return `Service ${owners} has it; to share it, give both the same porthole.dev/load-balancer-sharing`;
    const taken = ports.filter((port) => claim.ports.has(port));
    return taken.length === 0 ? undefined : `Service ${owners} has port ${taken.join(", ")} of it already`;
  }

  #take({ service, sharingKey, ports }: AddressWish, address: string): void {
    const claim = this.#claims.get(address) ?? { sharingKey, owners: [], ports: new Set() };
    claim.owners.push(service);
    for (const port of ports) claim.ports.add(port);
    this.#claims.set(address, claim);
  }

  #giveBack({ service, ports }: AddressWish, address: string): void {
    const claim = this.#claims.get(address);
    if (!claim) return;
    claim.owners.splice(claim.owners.indexOf(service), 1);
    for (const port of ports) claim.ports.delete(port);
    if (claim.owners.length > 0) return;
    this.#claims.delete(address);
    for (const free of this.#freeAddresses.values()) free.giveBack(address);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
