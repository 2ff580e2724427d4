/** Operations as text, much as nft would take them. */
import { assertNever } from "../../lib/assert-never.ts";
import { formatVerdict } from "./data.ts";
import type { SetElement } from "./element.ts";
import { formatExpression } from "./expr/expression.ts";
import type { AddChain, AddRule, Operation, RuleContent, SetContent } from "./operation.ts";

/** Of more elements only these are shown. */
const SHOWN_ELEMENTS = 16;

/** `add rule ip porthole found [ meta load priority => reg 1 ] …`. One line. */
export function formatOperation(operation: Operation): string {
  const { kind, family, table } = operation;
  const place = `${family} ${table}`;
  switch (kind) {
    case "add-table":
      return `${verbOf(operation)} table ${place}${braces(commentsOf(operation))}`;
    case "delete-table":
      return `delete table ${place}`;
    case "add-chain":
      return `${verbOf(operation)} chain ${place} ${operation.chain}${braces(chainParts(operation))}`;
    case "delete-chain":
    case "flush-chain":
      return `${kind === "delete-chain" ? "delete" : "flush"} chain ${place} ${operation.chain}`;
    case "add-rule":
      return `${operation.insert ? "insert" : "add"} rule ${place} ${operation.chain}${positionOf(operation)} ${ruleText(operation)}`;
    case "replace-rule":
      return `replace rule ${place} ${operation.chain} handle ${operation.handle} ${ruleText(operation)}`;
    case "delete-rule":
      return `delete rule ${place} ${operation.chain} handle ${operation.handle}`;
    case "add-set":
      return `${verbOf(operation)} ${operation.data ? "map" : "set"} ${place} ${operation.set}${braces(setParts(operation))}`;
    case "delete-set":
    case "flush-set":
      return `${kind === "delete-set" ? "delete" : "flush"} set ${place} ${operation.set}`;
    case "add-elements":
      return `${verbOf(operation)} element ${place} ${operation.set} ${elementsText(operation.elements)}`;
    case "delete-elements":
      return `delete element ${place} ${operation.set} ${elementsText(operation.elements)}`;
    default:
      return assertNever(operation);
  }
}

function verbOf({ exclusive }: { readonly exclusive?: boolean }): string {
  return exclusive ? "create" : "add";
}

function braces(parts: readonly string[]): string {
  return parts.length === 0 ? "" : ` { ${parts.map((part) => `${part}; `).join("")}}`;
}

function commentsOf({ comment }: { readonly comment?: string }): readonly string[] {
  return comment === undefined ? [] : [`comment ${JSON.stringify(comment)}`];
}

function chainParts({ base, comment }: AddChain): readonly string[] {
  const comments = commentsOf(comment === undefined ? {} : { comment });
  if (!base) return comments;
  const { type, hook, priority, policy } = base;
  return [
    `type ${type} hook ${hook} priority ${priority}`,
    ...(policy ? [`policy ${policy}`] : []),
    ...comments,
  ];
}

function positionOf({ position }: AddRule): string {
  return position === undefined ? "" : ` handle ${position}`;
}

function ruleText({ expressions, comment }: RuleContent): string {
  const text = expressions.map(formatExpression).join(" ");
  return comment === undefined ? text : `${text} comment ${JSON.stringify(comment)}`;
}

function setParts(content: SetContent): readonly string[] {
  const { key, data, flags = [], timeoutMs, gcIntervalMs, size, policy, comment, autoMerge } = content;
  const dataText = data ? ` : ${data === "verdict" ? data : data.join(" . ")}` : "";
  return [
    `typeof ${key.join(" . ")}${dataText}`,
    ...(flags.length > 0 ? [`flags ${flags.join(",")}`] : []),
    ...(timeoutMs === undefined ? [] : [`timeout ${timeoutMs}ms`]),
    ...(gcIntervalMs === undefined ? [] : [`gc-interval ${gcIntervalMs}ms`]),
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(policy ? [`policy ${policy}`] : []),
    ...(autoMerge ? ["auto-merge"] : []),
    ...commentsOf(comment === undefined ? {} : { comment }),
  ];
}

function elementsText(elements: readonly SetElement[]): string {
  const shown = elements.slice(0, SHOWN_ELEMENTS).map(formatElement);
  const hidden = elements.length - shown.length;
  return `{ ${[...shown, ...(hidden > 0 ? [`… ${hidden} more`] : [])].join(", ")} }`;
}

/** `0a000001.00000006 comment "default/web" : 00000005`: words of four bytes as they are on the wire. */
export function formatElement(element: SetElement): string {
  const { key, keyEnd, data, timeoutMs, expirationMs, comment, intervalEnd, openEnd, catchAll } = element;
  const parts = [
    catchAll || !key ? "*" : `${words(key)}${keyEnd ? `-${words(keyEnd)}` : ""}`,
    ...(timeoutMs === undefined ? [] : [`timeout ${timeoutMs}ms`]),
    ...(expirationMs === undefined ? [] : [`expires ${expirationMs}ms`]),
    ...(comment === undefined ? [] : [`comment ${JSON.stringify(comment)}`]),
    ...(data ? [`: ${data instanceof Uint8Array ? words(data) : formatVerdict(data)}`] : []),
    ...(intervalEnd ? ["(end of range)"] : []),
    ...(openEnd ? ["(range without end)"] : []),
  ];
  return parts.join(" ");
}

function words(bytes: Uint8Array): string {
  return (
    Buffer.from(bytes)
      .toString("hex")
      .match(/.{1,8}/g)
      ?.join(".") ?? ""
  );
}
