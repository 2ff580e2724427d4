/** nf_tables: operations, expressions and listings as values, and their wire format. */
export * from "./constants.ts";
export { formatValue, formatVerdict, type Verdict } from "./data.ts";
export {
  decodeChain,
  decodeElements,
  decodeGeneration,
  decodeNfTablesMessage,
  decodeRule,
  decodeSet,
  decodeTable,
  decodeTrace,
} from "./decode-message.ts";
export type { SetElement } from "./element.ts";
export { ctDirection, ctState, ctStatus } from "./expr/ct.ts";
export { type Expression, formatExpression } from "./expr/expression.ts";
export type { Family } from "./family.ts";
export type { Field } from "./field.ts";
export { formatNfTablesMessage, locateAttribute } from "./format-message.ts";
export { listedForm } from "./listed-form.ts";
export type * from "./listing.ts";
export type * from "./operation.ts";
export { formatElement, formatOperation } from "./operation-text.ts";
export { type FieldValue, packKey, unpackKey } from "./pack-key.ts";
export { joinRanges, keyAfter, type RangeElement, splitRange } from "./ranges.ts";
export * from "./requests.ts";
export { Transaction, type TransactionOptions } from "./transaction.ts";
