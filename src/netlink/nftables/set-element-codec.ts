/** Between SetElement and the attributes of an element. */
import { NFT_SET_ELEM_CATCHALL, NFT_SET_ELEM_INTERVAL_END } from "./constants.ts";
import type { SetElement } from "./element.ts";
import type { ElementValues } from "./messages.ts";

const OPEN_END = 1;

export function toElementValues(element: SetElement): ElementValues {
  const { key, keyEnd, data, timeoutMs, expirationMs, comment, intervalEnd, openEnd, catchAll } = element;
  const flags = (intervalEnd ? NFT_SET_ELEM_INTERVAL_END : 0) | (catchAll ? NFT_SET_ELEM_CATCHALL : 0);
  const values: { -readonly [K in keyof ElementValues]: ElementValues[K] } = {};
  if (flags) values.flags = flags;
  if (timeoutMs !== undefined) values.timeoutMs = BigInt(timeoutMs);
  if (expirationMs !== undefined) values.expirationMs = BigInt(expirationMs);
  if (key) values.key = key;
  if (keyEnd) values.keyEnd = keyEnd;
  if (data) values.data = data;
  if (comment !== undefined || openEnd)
    values.userdata = { ...(comment !== undefined && { comment }), ...(openEnd && { flags: OPEN_END }) };
  return values;
}

export function fromElementValues(values: ElementValues): SetElement {
  const { flags = 0, key, keyEnd, data, timeoutMs, expirationMs, userdata, expression } = values;
  const element: { -readonly [K in keyof SetElement]: SetElement[K] } = {};
  if (key) element.key = key;
  if (keyEnd) element.keyEnd = keyEnd;
  if (data) element.data = data;
  if (timeoutMs !== undefined) element.timeoutMs = Number(timeoutMs);
  if (expirationMs !== undefined) element.expirationMs = Number(expirationMs);
  if (userdata?.comment !== undefined) element.comment = userdata.comment;
  if (flags & NFT_SET_ELEM_INTERVAL_END) element.intervalEnd = true;
  if ((userdata?.flags ?? 0) & OPEN_END) element.openEnd = true;
  if (flags & NFT_SET_ELEM_CATCHALL) element.catchAll = true;
  if (expression?.kind === "counter") {
    const { packets = 0n, bytes = 0n } = expression;
    element.counted = { packets, bytes };
  }
  return element;
}
