/** Transactions whose outcome on the fake kernel is compared with that on the real one. */
import { type Operation, packKey, type SetElement } from "../../netlink/nftables/index.ts";

export interface SuiteCase {
  readonly name: string;
  /** Each is one batch. Refused ones are part of what is compared. */
  readonly transactions: readonly (readonly Operation[])[];
}

const t = { family: "ip", table: "t" } as const;
const addTable: Operation = { kind: "add-table", ...t };
const chain = (name: string, more: object = {}): Operation => ({
  kind: "add-chain",
  ...t,
  chain: name,
  ...more,
});
const base = { base: { type: "filter", hook: "prerouting", priority: 0 } } as const;
const key = (address: string) => packKey(["ip daddr"], [address]);
const mark = (number: number) => packKey(["meta mark"], [number]);
const wide = (address: string, from: number, to: number): SetElement => ({
  key: packKey(["ip daddr", "th dport"], [address, from]),
  keyEnd: packKey(["ip daddr", "th dport"], [address, to]),
});
const set = (name: string, more: object = {}): Operation => ({
  kind: "add-set",
  ...t,
  set: name,
  key: ["ip daddr"],
  ...more,
});
const map = (name: string, more: object = {}): Operation => set(name, { data: ["meta mark"], ...more });
const elements = (name: string, list: readonly SetElement[], more: object = {}): Operation => ({
  kind: "add-elements",
  ...t,
  set: name,
  elements: list,
  ...more,
});
const remove = (name: string, list: readonly SetElement[]): Operation => ({
  kind: "delete-elements",
  ...t,
  set: name,
  elements: list,
});
const jump = (to: string) => ({ kind: "immediate", dreg: 0, data: { code: "jump", chain: to } }) as const;
const load = { kind: "payload", base: "network", offset: 16, length: 4, dreg: 1 } as const;
const rule = (name: string, expressions: readonly object[], more: object = {}): Operation =>
  ({ kind: "add-rule", ...t, chain: name, expressions, ...more }) as Operation;
const lookup = (name: string, more: object = {}) => ({ kind: "lookup", sreg: 1, set: name, ...more });
const verdicts = (name: string, more: object = {}) => set(name, { data: "verdict", ...more });

const deleteOf = (kind: "delete-chain" | "flush-chain", name: string): Operation => ({
  kind,
  ...t,
  chain: name,
});
const deleteSet = (name: string): Operation => ({ kind: "delete-set", ...t, set: name });

export const suite: readonly SuiteCase[] = [
  {
    name: "tables",
    transactions: [
      [addTable],
      [{ ...addTable, comment: "later" }],
      [{ ...addTable, exclusive: true }],
      [{ kind: "add-table", family: "ip6", table: "t", comment: "other" }],
      [{ kind: "delete-table", family: "inet", table: "t" }],
      [{ kind: "delete-table", ...t }, addTable, chain("c")],
      [{ kind: "delete-table", ...t }],
      [{ kind: "delete-table", ...t }],
    ],
  },
  {
    name: "chains",
    transactions: [
      [chain("c")],
      [addTable, chain("c"), chain("b", base)],
      [chain("c", { exclusive: true })],
      [chain("c"), chain("b", base)],
      [chain("b", { base: { ...base.base, policy: "drop" } })],
      [chain("c", base)],
      [chain("b", { base: { ...base.base, priority: 5 } })],
      [deleteOf("delete-chain", "x")],
      [deleteOf("flush-chain", "x")],
      [rule("b", [jump("c")])],
      [deleteOf("delete-chain", "c")],
      [deleteOf("flush-chain", "b"), deleteOf("delete-chain", "c")],
      [rule("b", [jump("b")])],
      [rule("b", [jump("nowhere")])],
      [deleteOf("delete-chain", "b")],
    ],
  },
  {
    name: "rules",
    transactions: [
      [addTable, chain("c"), rule("c", [{ kind: "counter" }], { comment: "one" }), rule("c", [load])],
      [rule("c", [{ kind: "notrack" }], { insert: true })],
      [rule("c", [{ kind: "masq", flags: 16 }], { position: 2n })],
      [rule("c", [{ kind: "redir" }], { position: 2n, insert: true })],
      [rule("c", [load], { position: 99n })],
      [
        {
          kind: "replace-rule",
          ...t,
          chain: "c",
          handle: 3n,
          expressions: [{ kind: "counter", packets: 5n, bytes: 9n }],
        },
      ],
      [{ kind: "replace-rule", ...t, chain: "c", handle: 99n, expressions: [load] }],
      [{ kind: "delete-rule", ...t, chain: "c", handle: 2n }],
      [{ kind: "delete-rule", ...t, chain: "c", handle: 2n }],
      [rule("x", [load])],
      [
        rule("c", [
          { kind: "numgen", type: "random", modulus: 3, dreg: 8 },
          { kind: "meta", key: "mark", sreg: 8 },
        ]),
      ],
      [deleteOf("flush-chain", "c")],
    ],
  },
  {
    name: "sets",
    transactions: [
      [set("s")],
      [addTable, set("s"), map("m", { comment: "a map", size: 2 })],
      [set("s", { exclusive: true })],
      [set("s")],
      [set("s", { key: ["meta mark", "th dport"] })],
      [deleteSet("x")],
      [chain("c"), rule("c", [load, lookup("s")]), rule("c", [load, lookup("m", { dreg: 1 })])],
      [deleteSet("s")],
      [rule("c", [load, lookup("x")])],
      [rule("c", [load, lookup("s", { dreg: 1 })])],
      [rule("c", [load, lookup("m", { dreg: 1, flags: 1 })])],
      [deleteOf("flush-chain", "c"), deleteSet("s")],
      [set("t1", { flags: ["timeout"], timeoutMs: 60_000, gcIntervalMs: 5000 })],
      [{ kind: "delete-table", ...t }],
    ],
  },
  {
    name: "elements",
    transactions: [
      [addTable, set("s"), map("m", { size: 2 }), elements("s", [{ key: key("10.0.0.1"), comment: "one" }])],
      [elements("s", [{ key: key("10.0.0.1") }, { key: key("10.0.0.2") }])],
      [elements("s", [{ key: key("10.0.0.1") }], { exclusive: true })],
      [elements("s", [{ key: key("10.0.0.3") }, { key: Uint8Array.of(1) }])],
      [elements("x", [{ key: key("10.0.0.3") }])],
      [elements("s", [{ key: key("10.0.0.3"), data: mark(1) }])],
      [elements("m", [{ key: key("10.0.0.3") }])],
      [elements("m", [{ key: key("10.0.0.3"), data: Uint8Array.of(1) }])],
      [elements("m", [{ key: key("10.0.0.3"), data: mark(1) }])],
      [elements("m", [{ key: key("10.0.0.3"), data: mark(1) }])],
      [elements("m", [{ key: key("10.0.0.3"), data: mark(2) }])],
      [remove("m", [{ key: key("10.0.0.3") }]), elements("m", [{ key: key("10.0.0.3"), data: mark(2) }])],
      [
        elements("m", [
          { key: key("10.0.0.4"), data: mark(2) },
          { key: key("10.0.0.5"), data: mark(2) },
        ]),
      ],
      [remove("s", [{ key: key("10.0.0.9") }])],
      [remove("s", [{ key: key("10.0.0.1") }, { key: key("10.0.0.2") }])],
      [elements("s", [{ key: key("10.0.0.7"), timeoutMs: 1000 }])],
      [elements("s", [{ catchAll: true }])],
      [
        { kind: "flush-set", ...t, set: "m" },
        { kind: "flush-set", ...t, set: "s" },
      ],
      [{ kind: "flush-set", ...t, set: "x" }],
    ],
  },
  {
    name: "timeouts",
    transactions: [
      [addTable, map("m", { flags: ["timeout", "dynamic"], timeoutMs: 60_000, size: 100 })],
      [elements("m", [{ key: key("10.0.0.1"), data: mark(1) }])],
      [elements("m", [{ key: key("10.0.0.2"), data: mark(1), timeoutMs: 90_000, expirationMs: 80_000 }])],
      [
        chain("c"),
        rule("c", [load, { kind: "dynset", op: "update", set: "m", keyRegister: 1, dataRegister: 1 }]),
      ],
      [rule("c", [load, { kind: "dynset", op: "delete", set: "m", keyRegister: 1, dataRegister: 1 }])],
      [rule("c", [load, { kind: "dynset", op: "update", set: "m", keyRegister: 1 }])],
      [set("s"), rule("c", [load, { kind: "dynset", op: "add", set: "s", keyRegister: 1 }])],
      [
        set("sized", { size: 5 }),
        rule("c", [load, { kind: "dynset", op: "add", set: "sized", keyRegister: 1 }]),
      ],
      [
        set("r", { flags: ["interval"] }),
        rule("c", [load, { kind: "dynset", op: "add", set: "r", keyRegister: 1 }]),
      ],
      [deleteSet("m")],
    ],
  },
  {
    name: "verdicts",
    transactions: [
      [addTable, chain("a"), chain("b", base), verdicts("v")],
      [elements("v", [{ key: key("10.0.0.1"), data: { code: "goto", chain: "a" } }])],
      [
        elements("v", [
          { key: key("10.0.0.2"), data: { code: "drop" } },
          { catchAll: true, data: { code: "accept" } },
        ]),
      ],
      [deleteOf("delete-chain", "a")],
      [elements("v", [{ key: key("10.0.0.3"), data: { code: "jump", chain: "nowhere" } }])],
      [elements("v", [{ key: key("10.0.0.3"), data: { code: "jump", chain: "b" } }])],
      [elements("v", [{ key: key("10.0.0.3"), data: mark(1) }])],
      [rule("b", [load, lookup("v", { dreg: 0 })])],
      [remove("v", [{ key: key("10.0.0.1") }]), deleteOf("delete-chain", "a")],
    ],
  },
  {
    name: "ranges",
    transactions: [
      [
        addTable,
        set("r", { flags: ["interval"] }),
        set("w", { key: ["ip daddr", "th dport"], flags: ["interval"] }),
      ],
      [elements("r", [{ key: key("10.0.0.0") }, { key: key("11.0.0.0"), intervalEnd: true }])],
      [
        elements("r", [
          { key: key("11.0.0.0"), comment: "next" },
          { key: key("12.0.0.0"), intervalEnd: true },
        ]),
      ],
      [elements("w", [wide("10.0.0.1", 80, 90), wide("10.0.0.1", 91, 95), wide("10.0.0.2", 80, 90)])],
      [elements("w", [wide("10.0.0.1", 85, 100)])],
      [elements("w", [wide("10.0.0.1", 80, 90)])],
      [elements("w", [wide("10.0.0.1", 80, 90)], { exclusive: true })],
      [remove("w", [wide("10.0.0.1", 80, 90)])],
      [remove("w", [wide("10.0.0.7", 80, 90)])],
      [remove("r", [{ key: key("10.0.0.0") }, { key: key("11.0.0.0"), intervalEnd: true }])],
      [remove("r", [{ key: key("10.0.0.0") }])],
    ],
  },
  {
    name: "sets without names of their own",
    transactions: [
      [
        addTable,
        chain("c"),
        {
          kind: "add-set",
          ...t,
          set: "__set%d",
          id: 7,
          key: ["ip daddr"],
          flags: ["anonymous", "constant"],
          size: 1,
        },
        elements("__set%d", [{ key: key("10.0.0.1") }], { setId: 7 }),
        rule("c", [load, lookup("__set%d", { setId: 7 })]),
      ],
      [elements("__set0", [{ key: key("10.0.0.2") }])],
      [deleteOf("flush-chain", "c")],
    ],
  },
  {
    name: "batches as a whole",
    transactions: [
      [
        addTable,
        chain("c"),
        chain("d"),
        rule("c", [jump("d")]),
        map("m"),
        elements("m", [{ key: key("10.0.0.1"), data: mark(1) }]),
      ],
      [
        { kind: "flush-set", ...t, set: "m" },
        deleteOf("flush-chain", "c"),
        deleteOf("delete-chain", "d"),
        deleteSet("m"),
        deleteSet("x"),
        chain("x", { exclusive: true }),
        deleteOf("delete-chain", "y"),
      ],
      [{ kind: "delete-table", ...t }, addTable, chain("c"), deleteSet("m")],
      [],
    ],
  },
];
