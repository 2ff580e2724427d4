/** MaglevTables: the hash tables of frontends whose flows choose by hash, made when first needed. */
import { type Backend, buildMaglevTable, type MaglevTable, maglevMembers } from "../../forwarding/index.ts";

/** 128 KiB each. */
const maxTables = 256;

export class MaglevTables {
  /** By what they were made of: frontends that lead to the same nodes share one. The one that was used longest ago comes first. */
  readonly #tables = new Map<string, MaglevTable>();
  readonly #names = new WeakMap<readonly Backend[], string>();

  /** For each entry the index in `backends`, which must not be empty. */
  of(backends: readonly Backend[]): MaglevTable {
    const name = this.#nameOf(backends);
    const table = this.#tables.get(name) ?? buildMaglevTable(maglevMembers(backends));
    this.#tables.delete(name);
    this.#tables.set(name, table);
    if (this.#tables.size > maxTables) {
      for (const oldest of this.#tables.keys()) {
        this.#tables.delete(oldest);
        break;
      }
    }
    return table;
  }

  #nameOf(backends: readonly Backend[]): string {
    const known = this.#names.get(backends);
    if (known !== undefined) return known;
    const name = maglevMembers(backends)
      .map(({ name, weight }) => `${name}*${weight}`)
      .join();
    this.#names.set(backends, name);
    return name;
  }
}
