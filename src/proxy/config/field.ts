/** Fields of a configuration file: each reads a value, and says where and why it cannot. */
import { parseGoDuration } from "./go-duration.ts";

/** What a reading comes to beside the value. */
export interface Reading {
  /** Sentences without a final period that begin with the field's path. */
  readonly problems: string[];
  /** Why fields that were set have no effect, by path. */
  readonly ignored: Map<string, string>;
}

/** `read` returns undefined for what is absent (null says the same), and for what it has told a problem of. */
export interface Field<T> {
  read(value: unknown, path: string, reading: Reading): T | undefined;
}

export type ReadBy<F> = F extends Field<infer T> ? T : never;

/** Says what is wrong with a value: `must be …`; undefined if nothing is. */
type Check<T> = (value: T) => string | undefined;

export function text(check?: Check<string>): Field<string> {
  return scalar((value) => (typeof value === "string" ? value : undefined), "must be a text", check);
}

export function boolean(): Field<boolean> {
  return scalar(
    (value) => (typeof value === "boolean" ? value : undefined),
    "must be true or false, without quotes",
  );
}

export function number(): Field<number> {
  return scalar((value) => (typeof value === "number" ? value : undefined), "must be a number");
}

/** Both bounds belong to it. */
export function integer(lowest: number, highest = 2 ** 31 - 1): Field<number> {
  return scalar(
    (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest
        ? value
        : undefined,
    `must be an integer from ${lowest} to ${highest}`,
  );
}

/** Milliseconds. Never below zero: Kubernetes gives a negative time no meaning. */
export function duration(): Field<number> {
  return scalar(
    (value) => (typeof value === "string" ? parseGoDuration(value) : undefined),
    'must be a duration such as "30s" or "1h30m"',
    (ms) => (ms < 0 ? "must not be negative" : undefined),
  );
}

export function list(check?: Check<string>): Field<readonly string[]> {
  return scalar(
    (value) => (Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined),
    "must be a list of texts",
    (items) => items.flatMap((item: string) => check?.(item) ?? []).find((problem) => problem !== undefined),
  );
}

/** Feature gates, and other things by name. */
export function record(): Field<Readonly<Record<string, unknown>>> {
  return scalar((value) => (isRecord(value) ? value : undefined), "must be a mapping");
}

export function anything(): Field<unknown> {
  return { read: (value) => value ?? undefined };
}

type Shape = Readonly<Record<string, Field<unknown>>>;

/** Every name that the shape does not have is a problem: a misspelt setting must not look like one that works. */
export function object<S extends Shape>(shape: S): Field<{ readonly [K in keyof S]?: ReadBy<S[K]> }> {
  return {
    read(value, path, reading) {
      if (value === undefined || value === null) return undefined;
      if (!isRecord(value)) {
        reading.problems.push(`${path || "The document"} must be a mapping`);
        return undefined;
      }
      const result: Record<string, unknown> = {};
      for (const [name, content] of Object.entries(value)) {
        const place = path ? `${path}.${name}` : name;
        const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
        if (!field) {
          reading.problems.push(`${place} is unknown; there are ${Object.keys(shape).join(", ")}`);
          continue;
        }
        const read = field.read(content, place, reading);
        if (read !== undefined) result[name] = read;
      }
      return result as { readonly [K in keyof S]?: ReadBy<S[K]> };
    },
  };
}

/** A field that is checked and has no effect; that is told where it says something. */
export function ignored<T>(why: string, field: Field<T>): Field<never> {
  return {
    read(value, path, reading) {
      const read = field.read(value, path, reading);
      if (saysSomething(read)) reading.ignored.set(path, why);
      return undefined;
    },
  };
}

function scalar<T>(convert: (value: unknown) => T | undefined, expected: string, check?: Check<T>): Field<T> {
  return {
    read(value, path, { problems }) {
      if (value === undefined || value === null) return undefined;
      const converted = convert(value);
      const problem = converted === undefined ? expected : check?.(converted);
      if (problem === undefined) return converted;
      problems.push(`${path} ${problem}, not ${JSON.stringify(value)}`);
      return undefined;
    },
  };
}

/** Files that tools write hold every field, most of them empty. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === false || value === 0 || value === "") return false;
  return typeof value !== "object" || value === null || Object.values(value).some(saysSomething);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
