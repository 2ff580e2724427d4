/** SessionSpace: gives out numbers for Service ports with session affinity, which all of a port's targets share. */
import { Session } from "./session.ts";
import { SESSION_COUNT } from "./target-id.ts";

interface Entry {
  readonly session: Session;
  uses: number;
}

export class SessionSpace {
  readonly #entries = new Map<string, Entry>();
  readonly #taken = new Set<number>();
  readonly #free: number[] = [];
  #next = 1;

  /**
   * Returns the session that goes by `key`, for one more use; undefined when there are a million. `remembered` is what
   * the kernel has. A number that became free is used again as late as can be.
   */
  open(key: string, remembered?: Session): Session | undefined {
    const entry = this.#entries.get(key) ?? this.#create(key, remembered);
    if (!entry) return undefined;
    entry.uses += 1;
    if (remembered) entry.session.adopt(remembered);
    return entry.session;
  }

  /** Takes back one use. */
  close(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.uses -= 1;
    if (entry.uses > 0) return;
    this.#entries.delete(key);
    this.#taken.delete(entry.session.number);
    this.#free.push(entry.session.number);
  }

  #create(key: string, remembered: Session | undefined): Entry | undefined {
    const isFree = remembered && !this.#taken.has(remembered.number);
    const number = isFree ? remembered.number : this.#pick();
    if (number === undefined) return undefined;
    this.#taken.add(number);
    const entry: Entry = { session: new Session(number), uses: 0 };
    this.#entries.set(key, entry);
    return entry;
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
