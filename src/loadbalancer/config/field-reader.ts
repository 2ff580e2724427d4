/** FieldReader: reads a document that people write, and collects all that is wrong with it. */

/** `problems` are sentences that begin with the field's path. */
export class FieldReader {
  readonly problems: string[] = [];

  /** The fields of a mapping; those that are not `known` are problems. Undefined if it is none. */
  mapping(
    path: string,
    value: unknown,
    known: readonly string[],
  ): Readonly<Record<string, unknown>> | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.wrong(path, `write a mapping with ${known.join(", ")}`);
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key))
        this.wrong(join(path, key), `there is no such field; there are ${known.join(", ")}`);
    }
    return value as Readonly<Record<string, unknown>>;
  }

  /** Its items with their paths; none if it is absent. */
  list(path: string, value: unknown): readonly { readonly path: string; readonly value: unknown }[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.wrong(path, "write a list");
      return [];
    }
    return value.map((item: unknown, index) => ({ path: `${path}[${index}]`, value: item }));
  }

  integer(path: string, value: unknown, lowest: number, highest: number): number | undefined {
    if (typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest)
      return value;
    this.wrong(path, `write an integer from ${lowest} to ${highest}`);
    return undefined;
  }

  /** A text that `read` understands; `hint` says what to write. */
  text<T>(path: string, value: unknown, read: (text: string) => T | undefined, hint: string): T | undefined {
    const result = typeof value === "string" ? read(value) : undefined;
    if (result === undefined) this.wrong(path, hint);
    return result;
  }

  oneOf<T extends string>(path: string, value: unknown, choices: readonly T[]): T | undefined {
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) this.wrong(path, `write ${choices.join(" or ")}`);
    return choice;
  }

  wrong(path: string, what: string): void {
    this.problems.push(`${path || "the file"}: ${what}`);
  }
}

export function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
