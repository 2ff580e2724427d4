/** What the kernel would refuse, or nft could not print, found out before anything is sent. */
import { NFT_DATA_VALUE_MAXLEN, NFT_NAME_MAXLEN } from "./constants.ts";
import { lengthOf } from "./field.ts";
import type { Operation, SetContent } from "./operation.ts";

/** NFT_RULE_MAXEXPRS of include/net/netfilter/nf_tables.h. */
const MAX_EXPRESSIONS = 128;
/** NFTNL_UDATA_COMMENT_MAXLEN of libnftnl. */
const MAX_COMMENT_BYTES = 128;

/** Throws RangeError, saying what is wrong. */
export function checkOperation(operation: Operation): void {
  checkName("table", operation.table);
  if ("chain" in operation) checkName("chain", operation.chain);
  if ("set" in operation) checkName("set", operation.set);
  if ("comment" in operation) checkComment(operation.comment);
  if ("expressions" in operation && operation.expressions.length > MAX_EXPRESSIONS)
    throw new RangeError(
      `a rule of ${operation.expressions.length} expressions, ${MAX_EXPRESSIONS} is the most`,
    );
  if (operation.kind === "add-set") checkSet(operation);
  if (operation.kind === "add-elements" || operation.kind === "delete-elements")
    for (const { comment } of operation.elements) checkComment(comment);
}

function checkName(what: string, name: string): void {
  if (name.length === 0) throw new RangeError(`the ${what}'s name is empty`);
  if (Buffer.byteLength(name) >= NFT_NAME_MAXLEN)
    throw new RangeError(`the ${what}'s name "${name}" has more than ${NFT_NAME_MAXLEN - 1} bytes`);
}

function checkComment(comment: string | undefined): void {
  // UTF-16 units never take more than three bytes.
  if (comment === undefined || comment.length * 3 < MAX_COMMENT_BYTES) return;
  if (Buffer.byteLength(comment) >= MAX_COMMENT_BYTES)
    throw new RangeError(`the comment "${comment}" has more than ${MAX_COMMENT_BYTES - 1} bytes`);
}

function checkSet({ key, data, flags = [], timeoutMs, size }: SetContent): void {
  if (key.length === 0) throw new RangeError("the key has no fields");
  if (lengthOf(key) > NFT_DATA_VALUE_MAXLEN)
    throw new RangeError(`the key has ${lengthOf(key)} bytes, ${NFT_DATA_VALUE_MAXLEN} is the most`);
  if (data && data !== "verdict" && (data.length === 0 || lengthOf(data) > NFT_DATA_VALUE_MAXLEN))
    throw new RangeError(`the data has ${lengthOf(data)} bytes: use 1 to ${NFT_DATA_VALUE_MAXLEN}`);
  if (timeoutMs !== undefined && !flags.includes("timeout"))
    throw new RangeError('elements that go by themselves need the flag "timeout"');
  if (flags.includes("dynamic") && size === undefined)
    throw new RangeError('a set that rules change (the flag "dynamic") needs a size');
}
