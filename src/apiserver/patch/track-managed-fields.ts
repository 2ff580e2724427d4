/** managedFields of creates, updates and patches: whoever changes a field owns it. */

import type { KubeObject, ManagedFieldsEntry } from "../../api/meta.ts";
import { decode } from "../../api/schema/index.ts";
import { equalSets, unite } from "./field-set.ts";
import {
  capManagers,
  decodeManagers,
  encodeManagers,
  type Manager,
  type Managers,
  managerId,
  withoutIdle,
} from "./managers.ts";
import { compareObjects } from "./object-fields.ts";
import { excludeFields, releaseFields, resetFields, withoutServerFields } from "./ownership.ts";
import type { TypeRef } from "./typed-value.ts";

export interface TrackInput<T extends KubeObject> {
  /** Of the kind, `io.k8s.api.core.v1.Service`. */
  readonly schema: string;
  readonly apiVersion: string;
  /** "" for the object itself, otherwise `status`, `scale`, … */
  readonly subresource: string;
  /** The stored object; absent when one is created. */
  readonly live: KubeObject | undefined;
  /** The new object, decoded and defaulted; what admission and allocation add later is nobody's. */
  readonly next: T;
  /** The fieldManager option, or the User-Agent up to the first slash. */
  readonly manager: string;
  readonly nowMs: number;
}

/** The new object with its metadata.managedFields. A client that sends [] or [{}] resets them. */
export function trackManagedFields<T extends KubeObject>(input: TrackInput<T>): T {
  const { live, next } = input;
  const known = knownManagers(input);
  const comparison = excludeFields(
    compareObjects(rootType(input.schema), comparable(input, live), comparable(input, next)),
    resetFields(input.subresource),
  );
  const others = withoutIdle(releaseFields(known, "", comparison));
  const taken = withoutServerFields(unite(comparison.added, comparison.modified));
  const own = {
    name: input.manager,
    operation: "Update",
    apiVersion: input.apiVersion,
    subresource: input.subresource,
  } as const;
  const id = managerId(own);
  const previous = others.get(id);
  const fields = previous === undefined ? taken : unite(previous.fields, taken);
  const before = known.get(id);
  const time =
    before !== undefined && equalSets(before.fields, fields) ? before.time : timestampOf(input.nowMs);
  const updated: Manager = { ...own, fields, ...(time === undefined ? {} : { time }) };
  return withManagers(next, capManagers(withoutIdle(new Map([...others, [id, updated]]))));
}

/** A request that says nothing of managedFields, or says it wrong, leaves them; a subresource never changes them. */
function knownManagers({ live, next, subresource }: TrackInput<KubeObject>): Managers {
  const stored = decodeManagers(live?.metadata.managedFields);
  const sent = next.metadata.managedFields;
  if (subresource !== "") return stored;
  if (sent !== undefined && isReset(sent)) return new Map();
  const decoded = decodeManagers(sent);
  return decoded.size === 0 ? stored : decoded;
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);
}

export function rootType(schema: string): TypeRef {
  return { type: { kind: "object", type: schema } };
}

/** An object as Go's types hold it, without managedFields; nothing at all is the empty struct. */
function comparable({ schema }: { readonly schema: string }, object: KubeObject | undefined): unknown {
  if (object === undefined) return decode(schema, {}).object;
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return decode(schema, { ...object, metadata }).object;
}

export function withManagers<T extends KubeObject>(object: T, managers: Managers): T {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const entries = encodeManagers(managers);
  return {
    ...object,
    metadata: { ...metadata, ...(entries.length === 0 ? {} : { managedFields: entries }) },
  };
}

export function timestampOf(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}
