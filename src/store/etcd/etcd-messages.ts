/** etcd's messages as its JSON gateway writes them (etcdserver/etcdserverpb/rpc.proto): bytes as base64, int64 as text, zero left out. */
import type { Entry } from "../store.ts";

export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
  /** How often the key was written since it was created. */
  readonly version?: string;
}

export interface ResponseHeader {
  readonly revision: string;
}

export interface RangeResponse {
  readonly header: ResponseHeader;
  readonly kvs?: readonly KeyValue[];
  /** Of all keys in the range, whatever the limit. */
  readonly count?: string;
}

export interface TxnResponse {
  readonly header: ResponseHeader;
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: RangeResponse }[];
}

export interface WatchResponse {
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly cancel_reason?: string;
  readonly compact_revision?: string;
  readonly events?: readonly WatchEvent[];
}

export interface WatchEvent {
  /** A put if absent. */
  readonly type?: "DELETE";
  readonly kv: KeyValue;
  readonly prev_kv?: KeyValue;
}

export function encodeBytes(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function decodeBytes(base64 = ""): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

/** `rootLength`: how many characters of the key are the store's own prefix. */
export function decodeEntry({ key, value, mod_revision }: KeyValue, rootLength: number): Entry {
  return {
    key: decodeBytes(key).slice(rootLength),
    value: decodeBytes(value),
    revision: Number(mod_revision),
  };
}
