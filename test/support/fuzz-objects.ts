/** Random objects after the schemas of kinds: mostly of the right shape, seldom of the right meaning. Everything follows from the seed. */
import { type FieldType, findSchema } from "../../src/api/schema/index.ts";

export interface Random {
  /** From 0 up to 1. */
  next(): number;
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: <T>(from: readonly T[]) => from[below(from.length)] as T,
  };
}

const texts = [
  ..."a|web|None|10.0.0.1|fd00::1|A b|10.0.0.0/8|ClusterIP|NodePort|LoadBalancer|ExternalName|TCP|UDP|Always".split(
    "|",
  ),
  ..."RollingUpdate|100m|x/y|2026-01-01T00:00:00Z|IPv4|IPv6|Local|Cluster|ClientIP|default|example.com|ä|日本".split(
    "|",
  ),
  ..."PreferDualStack|RequireDualStack|SingleStack|PreferClose|__proto__|constructor|127.0.0.1|::|0|-1".split(
    "|",
  ),
  "",
  "x".repeat(300),
  "\u0000",
];
const integers = [0, 1, -1, 80, 443, 30000, 30001, 32767, 65535, 65536, 2147483647, 86400];
const times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456Z", null];
const deepest = 9;

/** `probability` is that of each optional field near the top. */
export function randomObject(random: Random, schemaName: string, depth = 0, probability = 0.5): object {
  if (depth > deepest) return {};
  const entries: [string, unknown][] = [];
  for (const [name, { type, required }] of findSchema(schemaName).fields) {
    const wanted = required ? 0.95 : probability * (depth < 2 ? 1 : 0.5);
    if (random.chance(wanted)) entries.push([name, randomValue(random, type, depth + 1, probability)]);
  }
  return Object.fromEntries(entries);
}

export function randomValue(random: Random, type: FieldType, depth = 0, probability = 0.5): unknown {
  switch (type.kind) {
    case "object":
      return randomObject(random, type.type, depth, probability);
    case "list":
      return repeat(random.below(3), () => randomValue(random, type.items, depth + 1, probability));
    case "map":
      return Object.fromEntries(
        repeat(random.below(3), () => [
          random.pick(texts),
          randomValue(random, type.values, depth + 1, probability),
        ]),
      );
    case "boolean":
      return random.chance(0.5);
    case "int32":
    case "int64":
    case "number":
      return random.pick(integers);
    case "intOrString":
      return random.pick<string | number>([0, 1, 80, "", "25%", "web", "200%", -1]);
    case "time":
    case "microTime":
      return random.pick(times);
    case "bytes":
      return random.pick(["", "YQ==", "AAEC"]);
    case "quantity":
      return random.pick<string | number>(["1", "100m", "1Gi", "1e3", 1, 0]);
    default:
      return random.pick(texts);
  }
}

const junk: readonly unknown[] = [null, true, -1, 1.5, 1e300, "", "x", [], {}, [null], [{}], { a: [] }];

/** A copy in which one place, or a few, hold something else: of the right type or not at all. */
export function mutate(random: Random, value: unknown): unknown {
  const changes = 1 + random.below(3);
  let result = value;
  for (let index = 0; index < changes; index++) result = mutateOnce(random, result);
  return result;
}

function mutateOnce(random: Random, value: unknown): unknown {
  if (typeof value !== "object" || value === null || random.chance(0.1)) {
    return random.chance(0.5) ? random.pick(texts) : random.pick<unknown>([...junk, ...integers]);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return [random.pick(junk)];
    const at = random.below(value.length);
    if (random.chance(0.15)) return value.toSpliced(at, 1);
    if (random.chance(0.15)) return [...value, value[at]];
    return value.with(at, mutateOnce(random, value[at]));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || random.chance(0.05)) {
    return { ...value, [random.pick(texts) || "x"]: random.pick(junk) };
  }
  const [key, member] = random.pick(entries);
  if (random.chance(0.15)) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return { ...value, [key]: mutateOnce(random, member) };
}

function repeat<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
