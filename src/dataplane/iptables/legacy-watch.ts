/** LegacyWatch: tells whether somebody else changed the kernel's own tables of iptables, by how large they are. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import type { XtablesReader } from "../../kernel/index.ts";
import { tableNames } from "./ruleset.ts";

/** NOTE: a change that leaves as many rules of the same size is not noticed. */
export class LegacyWatch {
  readonly #reader: Pick<XtablesReader, "read">;
  readonly #families: readonly Family[];
  #known: string | undefined;

  constructor(reader: Pick<XtablesReader, "read">, families: readonly Family[]) {
    this.#reader = reader;
    this.#families = families;
  }

  /** What is there now is ours. */
  committed(): void {
    this.#known = this.#read();
  }

  /** Says whether there were changes of others since the last call; at the first call nothing is known of any. */
  async changedByOthers(): Promise<boolean> {
    const now = this.#read();
    const before = this.#known ?? now;
    this.#known = now;
    return now !== before;
  }

  #read(): string {
    const sizes = this.#families.flatMap((family) =>
      tableNames.map((table) => this.#reader.read(family, table)),
    );
    return sizes.map(({ entries, bytes }) => `${entries}/${bytes}`).join(" ");
  }
}
