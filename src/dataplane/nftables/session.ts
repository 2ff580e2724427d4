/** Session: the numbers of a Service port's endpoints, which they keep as long as they are there: clients are tied to numbers. */
import { SESSION_BITS, SESSION_ENDPOINTS } from "./target-id.ts";

export class Session {
  readonly number: number;
  /** By the endpoint's key; numbers are 1 to 2047. */
  readonly #endpoints = new Map<string, { readonly number: number; uses: number }>();
  readonly #taken = new Set<number>();
  /** Numbers that the kernel has for endpoints that nobody asked for yet. */
  readonly #remembered = new Map<string, number>();
  #last = 0;

  constructor(number: number, remembered: Iterable<readonly [string, number]> = []) {
    this.number = number;
    this.#remembered = new Map(remembered);
  }

  /** The session's own id. */
  get id(): number {
    return (this.number << SESSION_BITS) >>> 0;
  }

  /** Takes over another's numbers, for endpoints that come later and as far as they are free. */
  adopt(other: Session): void {
    if (other.number !== this.number) return;
    for (const [key, number] of other.#remembered) this.#remembered.set(key, number);
  }

  /** Returns the id of an endpoint that the session has. Throws a RangeError if it has not. */
  endpointId(key: string): number {
    const endpoint = this.#endpoints.get(key);
    if (!endpoint) throw new RangeError(`Session ${this.number} has no endpoint "${key}"`);
    return this.id + endpoint.number;
  }

  /**
   * Makes sure that endpoints have numbers, for one more use of each; false, and nothing is changed, if there are too many.
   * Numbers go round, so that one that became free is not used again soon: clients of an endpoint that left should not
   * all be led to the one that came.
   */
  hold(keys: readonly string[]): boolean {
    const fresh = keys.filter((key) => !this.#endpoints.has(key));
    if (this.#endpoints.size + fresh.length > SESSION_ENDPOINTS) return false;
    for (const key of fresh) {
      const number = this.#numberFor(key);
      this.#taken.add(number);
      this.#endpoints.set(key, { number, uses: 0 });
    }
    for (const key of keys) {
      const endpoint = this.#endpoints.get(key);
      if (endpoint) endpoint.uses += 1;
    }
    return true;
  }

  /** Takes back one use of each. */
  release(keys: readonly string[]): void {
    for (const key of keys) {
      const endpoint = this.#endpoints.get(key);
      if (!endpoint) continue;
      endpoint.uses -= 1;
      if (endpoint.uses > 0) continue;
      this.#endpoints.delete(key);
      this.#taken.delete(endpoint.number);
    }
  }

  #numberFor(key: string): number {
    const remembered = this.#remembered.get(key);
    this.#remembered.delete(key);
    if (remembered !== undefined && !this.#taken.has(remembered)) {
      this.#last = Math.max(this.#last, remembered);
      return remembered;
    }
    do this.#last = (this.#last % SESSION_ENDPOINTS) + 1;
    while (this.#taken.has(this.#last));
    return this.#last;
  }
}
