/** SessionSpace: gives out numbers for targets with session affinity, and within each for its endpoints. */
import { SESSION_BITS, SESSION_COUNT, SESSION_ENDPOINTS } from "./target-id.ts";

export class SessionSpace {
  readonly #taken = new Set<number>();
  readonly #free: number[] = [];
  #next = 1;

  /** Returns a session; undefined when there are a million. A number is used again as late as can be. */
  open(preferred?: Session): Session | undefined {
    const number = preferred && !this.#taken.has(preferred.number) ? preferred.number : this.#pick();
    if (number === undefined) return undefined;
    this.#taken.add(number);
    return preferred?.number === number ? preferred : new Session(number);
  }

  close({ number }: Session): void {
    if (this.#taken.delete(number)) this.#free.push(number);
  }

  #pick(): number | undefined {
    while (this.#next < SESSION_COUNT) {
      const number = this.#next++;
      if (!this.#taken.has(number)) return number;
    }
    for (;;) {
      const number = this.#free.shift();
      if (number === undefined || !this.#taken.has(number)) return number;
    }
  }
}

/** A session's endpoints keep their numbers as long as they are there, so that what clients are tied to stays valid. */
export class Session {
  readonly number: number;
  /** Endpoint's key -> its number within the session, 1 to 4095. */
  readonly #endpoints = new Map<string, number>();
  readonly #taken = new Set<number>();
  #last = 0;

  constructor(number: number, endpoints: Iterable<readonly [string, number]> = []) {
    this.number = number;
    for (const [key, endpoint] of endpoints) this.#take(key, endpoint);
  }

  /** The session's own id. */
  get id(): number {
    return (this.number << SESSION_BITS) >>> 0;
  }

  /** Returns the id of an endpoint that the session has. Throws a RangeError if it has not. */
  endpointId(key: string): number {
    const endpoint = this.#endpoints.get(key);
    if (endpoint === undefined) throw new RangeError(`Session ${this.number} has no endpoint "${key}"`);
    return this.id + endpoint;
  }

  /**
   * Makes `keys` the session's endpoints. Numbers go round, so that one that became free is not used again soon:
   * clients of an endpoint that left should not all be led to the one that came.
   * NOTE: at most 4095 keys.
   */
  setEndpoints(keys: readonly string[]): void {
    if (keys.length > SESSION_ENDPOINTS)
      throw new RangeError(`Session ${this.number} cannot have ${keys.length} endpoints`);
    const wanted = new Set(keys);
    for (const [key, endpoint] of this.#endpoints) {
      if (wanted.has(key)) continue;
      this.#endpoints.delete(key);
      this.#taken.delete(endpoint);
    }
    for (const key of keys) if (!this.#endpoints.has(key)) this.#take(key, this.#pick());
  }

  #take(key: string, endpoint: number): void {
    this.#endpoints.set(key, endpoint);
    this.#taken.add(endpoint);
    this.#last = Math.max(this.#last, endpoint);
  }

  #pick(): number {
    do this.#last = (this.#last % SESSION_ENDPOINTS) + 1;
    while (this.#taken.has(this.#last));
    return this.#last;
  }
}
