/** Messages of nf_tables as text, in the form of `nft --debug=netlink`. */
import { readMessageHeader, WireError } from "../codec/index.ts";
import {
  NFT_MSG_DELRULE,
  NFT_MSG_DELSETELEM,
  NFT_MSG_GETRULE,
  NFT_MSG_GETSETELEM,
  NFT_MSG_NEWRULE,
  NFT_MSG_NEWSETELEM,
} from "./constants.ts";
import { formatValue, formatVerdict } from "./data.ts";
import { formatExpression } from "./expr/expression.ts";
import { type ElementValues, formatOf, messages } from "./messages.ts";

/**
 * `NEWRULE ip porthole found`, then an expression a line; sets' elements likewise. Undefined for messages of others, and such as make no
 * sense.
 */
export function formatNfTablesMessage(message: Uint8Array): string | undefined {
  try {
    const { type } = readMessageHeader(message);
    const format = formatOf(type);
    switch (type) {
      case NFT_MSG_NEWRULE:
      case NFT_MSG_GETRULE:
      case NFT_MSG_DELRULE:
        return formatRule(format?.name ?? "", message);
      case NFT_MSG_NEWSETELEM:
      case NFT_MSG_GETSETELEM:
      case NFT_MSG_DELSETELEM:
        return formatElements(format?.name ?? "", message);
      default:
        return format?.format(format.decode(message));
    }
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** Returns the way to the attribute that begins at a byte of a message: `NEWRULE.expressions[1].lookup.set`. Undefined if there is none. */
export function locateAttribute(message: Uint8Array, offset: number): string | undefined {
  return formatOf(readMessageHeader(message).type)?.locate(message, offset);
}

function formatRule(name: string, message: Uint8Array): string {
  const {
    family,
    table,
    chain,
    handle,
    position,
    expressions = [],
    userdata,
  } = messages.newRule.decode(message);
  const head = [
    name,
    family,
    ...[table, chain].filter((each) => each !== undefined),
    ...(handle === undefined ? [] : [`handle ${handle}`]),
    ...(position === undefined ? [] : [`position ${position}`]),
    ...(userdata?.comment === undefined ? [] : [`comment ${JSON.stringify(userdata.comment)}`]),
  ];
  return [head.join(" "), ...expressions.map((expression) => `  ${formatExpression(expression)}`)].join("\n");
}

function formatElements(name: string, message: Uint8Array): string {
  const { family, table, set, setId, elements = [] } = messages.newElements.decode(message);
  const head = [
    name,
    family,
    ...[table, set].filter((each) => each !== undefined),
    ...(setId === undefined ? [] : [`id ${setId}`]),
  ];
  return [head.join(" "), ...elements.map((element) => `\t${formatElementValues(element)}`)].join("\n");
}

/** `element 0100000a 00005000  : 00000007 0 [end]`. */
function formatElementValues({ key, keyEnd, data, flags = 0, timeoutMs, userdata }: ElementValues): string {
  const comment = userdata?.comment === undefined ? "" : ` comment ${JSON.stringify(userdata.comment)}`;
  const timeout = timeoutMs === undefined ? "" : ` timeout ${timeoutMs}ms`;
  const content = data instanceof Uint8Array ? words(data) : data && formatVerdict(data);
  return `element ${key ? words(key) : "*"}${keyEnd ? ` - ${words(keyEnd)}` : ""} : ${content ? `${content} ` : ""}${flags} [end]${timeout}${comment}`;
}

function words(bytes: Uint8Array): string {
  return formatValue(bytes).replaceAll("0x", "");
}
