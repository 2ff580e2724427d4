/** Expression: one step of a rule. */
import { type Codec, formatBytes, listOf, type Tagged, tagged, type UnknownKind } from "../../codec/index.ts";
import { bitwise } from "./bitwise.ts";
import { byteorder } from "./byteorder.ts";
import { cmp } from "./cmp.ts";
import { counter } from "./counter.ts";
import { ct } from "./ct.ts";
import { dup } from "./dup.ts";
import { dynset } from "./dynset.ts";
import { fib } from "./fib.ts";
import { hash } from "./hash.ts";
import { immediate } from "./immediate.ts";
import { limit } from "./limit.ts";
import { log } from "./log.ts";
import { lookup } from "./lookup.ts";
import { masq } from "./masq.ts";
import { meta } from "./meta.ts";
import { nat } from "./nat.ts";
import { notrack } from "./notrack.ts";
import { numgen } from "./numgen.ts";
import { payload } from "./payload.ts";
import { range } from "./range.ts";
import { redir } from "./redir.ts";
import { reject } from "./reject.ts";

const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_LIST_ELEM = 1;

/** By the name that the kernel knows them by. */
const expressions = {
  payload,
  meta,
  cmp,
  range,
  lookup,
  bitwise,
  immediate,
  nat,
  masq,
  redir,
  reject,
  ct,
  numgen,
  hash,
  dynset,
  counter,
  limit,
  fib,
  byteorder,
  log,
  notrack,
  dup,
};

/** `{kind: "meta", key: "l4proto", dreg: 1}`. Kinds that are not known keep their bytes. */
export type Expression = Tagged<typeof expressions> | UnknownKind;

export const expressionKinds = Object.keys(expressions) as readonly (keyof typeof expressions)[];

export const expressionCodec: Codec<Expression> = {
  ...tagged({ nameType: NFTA_EXPR_NAME, dataType: NFTA_EXPR_DATA, bare: ["notrack"] }, expressions),
  format: formatExpression,
};

export const expressionList = listOf(NFTA_LIST_ELEM, expressionCodec);

/** `[ meta load l4proto => reg 1 ]`, as `nft --debug=netlink` has it. */
export function formatExpression(expression: Expression): string {
  if (expression.kind === "unknown")
    return `[ ${expression.name}${expression.data ? ` ${formatBytes(expression.data)}` : ""} ]`;
  const codec = expressions[expression.kind] as Codec<unknown>;
  return `[ ${codec.format(expression)} ]`;
}
