/** Random operations on a few names, so that many of them meet. */
import fc from "fast-check";
import { type Operation, packKey, type SetElement } from "../../netlink/nftables/index.ts";

const place = { family: "ip", table: "t" } as const;
const chain = fc.constantFrom("c1", "c2", "c3");
const set = fc.constantFrom("s1", "m1", "v1");
const handle = fc.bigInt(1n, 30n);
const exclusive = fc.boolean();
const mayBe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });

const verdict = fc.oneof(
  fc.record({ code: fc.constantFrom("jump" as const, "goto" as const), chain }),
  fc.record({ code: fc.constantFrom("drop" as const, "accept" as const, "return" as const) }),
);
const element: fc.Arbitrary<SetElement> = fc
  .record({
    key: fc.nat(5).map((number) => packKey(["ip daddr"], [`10.0.0.${number}`])),
    data: mayBe(
      fc.oneof(
        fc.nat(2).map((number) => packKey(["meta mark"], [number])),
        verdict,
      ),
    ),
    comment: mayBe(fc.constantFrom("one", "two")),
  })
  .map(defined);
const elements = fc.array(element, { minLength: 1, maxLength: 3 });

const load = { kind: "payload", base: "network", offset: 16, length: 4, dreg: 1 } as const;
const expressions = fc.oneof(
  verdict.map((data) => [{ kind: "immediate", dreg: 0, data }] as const),
  fc
    .record({ set, dreg: mayBe(fc.constantFrom(0, 1)), flags: mayBe(fc.nat(1)) })
    .map((lookup) => [load, defined({ kind: "lookup", sreg: 1, ...lookup } as const)] as const),
  fc.constant([{ kind: "counter" }] as const),
);

/** Kinds of sets by name: a set, a map of values, a map of verdicts. */
const dataOf = { s1: undefined, m1: ["meta mark"], v1: "verdict" } as const;

export const randomOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "add-table", ...place }) },
  { weight: 1, arbitrary: fc.constant({ kind: "delete-table", ...place }) },
  {
    weight: 8,
    arbitrary: fc.record({ chain, exclusive }).map((value) => ({ kind: "add-chain", ...place, ...value })),
  },
  { weight: 3, arbitrary: chain.map((name) => ({ kind: "delete-chain", ...place, chain: name })) },
  { weight: 2, arbitrary: chain.map((name) => ({ kind: "flush-chain", ...place, chain: name })) },
  {
    weight: 10,
    arbitrary: fc
      .record({ chain, expressions, position: mayBe(handle), insert: mayBe(fc.boolean()) })
      .map((value) => defined({ kind: "add-rule", ...place, ...value })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ chain, expressions, handle })
      .map((value) => ({ kind: "replace-rule", ...place, ...value })),
  },
  {
    weight: 3,
    arbitrary: fc.record({ chain, handle }).map((value) => ({ kind: "delete-rule", ...place, ...value })),
  },
  {
    weight: 8,
    arbitrary: fc.record({ set, exclusive }).map((value) => {
      const data = dataOf[value.set];
      return { kind: "add-set", ...place, ...value, key: ["ip daddr"], ...(data && { data }) };
    }),
  },
  { weight: 3, arbitrary: set.map((name) => ({ kind: "delete-set", ...place, set: name })) },
  { weight: 1, arbitrary: set.map((name) => ({ kind: "flush-set", ...place, set: name })) },
  {
    weight: 12,
    arbitrary: fc
      .record({ set, elements, exclusive })
      .map((value) => ({ kind: "add-elements", ...place, ...value })),
  },
  {
    weight: 4,
    arbitrary: fc.record({ set, elements }).map((value) => ({ kind: "delete-elements", ...place, ...value })),
  },
) as fc.Arbitrary<Operation>;

/** Leaves out what is undefined. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
