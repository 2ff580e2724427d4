/** Changes a set from the packet path: `[ dynset update reg_key 1 set affinity-10 sreg_data 2 timeout 5000ms ]`. */
import {
  asciiz,
  attr,
  type Decoded,
  listOf,
  named,
  optional,
  tagged,
  u32be,
  u64be,
} from "../../codec/index.ts";
import { register } from "../register.ts";
import { counter } from "./counter.ts";
import { expression, formatFlags } from "./define.ts";
import { limit } from "./limit.ts";

const NFTA_DYNSET_SET_NAME = 1;
const NFTA_DYNSET_SET_ID = 2;
const NFTA_DYNSET_OP = 3;
const NFTA_DYNSET_SREG_KEY = 4;
const NFTA_DYNSET_SREG_DATA = 5;
const NFTA_DYNSET_TIMEOUT = 6;
const NFTA_DYNSET_EXPR = 7;
const NFTA_DYNSET_FLAGS = 9;
const NFTA_DYNSET_EXPRESSIONS = 10;
const NFTA_LIST_ELEM = 1;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;

/** What an element of a set can hold beside its key. */
const stateful = tagged({ nameType: NFTA_EXPR_NAME, dataType: NFTA_EXPR_DATA }, { counter, limit });

export const dynset = expression(
  {
    keyRegister: attr(NFTA_DYNSET_SREG_KEY, register),
    /** Of a map. */
    dataRegister: attr(NFTA_DYNSET_SREG_DATA, optional(register)),
    /** `update` renews the timeout of an element that is there, `add` leaves it alone. */
    op: attr(NFTA_DYNSET_OP, named(u32be, { add: 0, update: 1, delete: 2 })),
    /** Milliseconds; the set's own if left out. */
    timeoutMs: attr(NFTA_DYNSET_TIMEOUT, optional(u64be)),
    set: attr(NFTA_DYNSET_SET_NAME, asciiz),
    setId: attr(NFTA_DYNSET_SET_ID, optional(u32be)),
    expression: attr(NFTA_DYNSET_EXPR, optional(stateful)),
    expressions: attr(NFTA_DYNSET_EXPRESSIONS, optional(listOf(NFTA_LIST_ELEM, stateful))),
    /** NFT_DYNSET_F_INV 1, NFT_DYNSET_F_EXPR 2. */
    flags: attr(NFTA_DYNSET_FLAGS, optional(u32be)),
  },
  ({ keyRegister, dataRegister, op, timeoutMs, set, expression, expressions = [], flags }) => {
    const data = dataRegister === undefined ? "" : ` sreg_data ${dataRegister}`;
    const timeout = timeoutMs === undefined ? "" : ` timeout ${timeoutMs}ms`;
    const inner = [...(expression ? [expression] : []), ...expressions]
      .map((each) => ` expr [ ${formatStateful(each)} ]`)
      .join("");
    return `dynset ${op} reg_key ${keyRegister} set ${set}${data}${timeout}${inner}${formatFlags(flags)}`;
  },
);

function formatStateful(value: Decoded<typeof stateful>): string {
  switch (value.kind) {
    case "counter":
      return counter.format(value);
    case "limit":
      return limit.format(value);
    case "unknown":
      return value.name;
  }
}
