/** nf_tables: operations, expressions and listings as values, and their wire format. */
export * from "./constants.ts";
export { formatValue, formatVerdict, type Verdict } from "./data.ts";
export type { SetElement } from "./element.ts";
export { ctState, ctStatus } from "./expr/ct.ts";
export { type Expression, formatExpression } from "./expr/expression.ts";
export type { Family } from "./family.ts";
export type { Field } from "./field.ts";
export type * from "./listing.ts";
export type * from "./operation.ts";
