/** FreeAddresses: the first address of a pool that nobody has, found without looking at those before it again. */
import type { IpFamily } from "../../allocator/index.ts";
import { type AddressPool, addressesOf } from "./address-pool.ts";

/** Of one family of a pool. Whoever gives an address back must say so; those that are taken are asked for. */
export class FreeAddresses {
  readonly #isTaken: (address: string) => boolean;
  readonly #addresses: Iterator<string>;
  /** All before it were taken when they were looked at; undefined at the end. */
  #next: string | undefined;
  /** Of those before it, what was given back since. */
  readonly #returned = new Set<string>();
  /** With their places in the pool. */
  readonly #passed = new Map<string, number>();

  constructor(pool: AddressPool, family: IpFamily, isTaken: (address: string) => boolean) {
    this.#isTaken = isTaken;
    this.#addresses = addressesOf(pool, family)[Symbol.iterator]();
    this.#next = this.#advance();
  }

  /** The first in the pool's order; undefined if all are taken. */
  first(): string | undefined {
    for (const address of this.#returned) if (this.#isTaken(address)) this.#returned.delete(address);
    if (this.#returned.size > 0)
      return [...this.#returned].sort((a, b) => this.#placeOf(a) - this.#placeOf(b))[0];
    while (this.#next !== undefined && this.#isTaken(this.#next)) {
      this.#passed.set(this.#next, this.#passed.size);
      this.#next = this.#advance();
    }
    return this.#next;
  }

  giveBack(address: string): void {
    if (this.#passed.has(address)) this.#returned.add(address);
  }

  #placeOf(address: string): number {
    return this.#passed.get(address) ?? 0;
  }

  #advance(): string | undefined {
    const { value, done } = this.#addresses.next();
    return done ? undefined : value;
  }
}
