/** Who owns which fields of an object: metadata.managedFields read, merged and written again. */
import type { ManagedFieldsEntry } from "../../api/meta.ts";
import { decodeFieldsV1, encodeFieldsV1, type FieldSet, isEmptySet, unite } from "./field-set.ts";

export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** RFC 3339; absent for what was never told. */
  readonly time?: string;
  readonly fields: FieldSet;
}

/** By `managerId`. */
export type Managers = ReadonlyMap<string, Manager>;

/** Appliers are one across versions, updaters are not. */
export function managerId({ name, operation, apiVersion, subresource }: Omit<Manager, "fields">): string {
  return JSON.stringify([name, operation, subresource, operation === "Apply" ? "" : apiVersion]);
}

export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers = new Map<string, Manager>();
  for (const entry of entries ?? []) {
    if (entry.operation !== "Apply" && entry.operation !== "Update") continue;
    const manager: Manager = {
      name: entry.manager ?? "",
      operation: entry.operation,
      apiVersion: entry.apiVersion ?? "",
      subresource: entry.subresource ?? "",
      ...(entry.time ? { time: entry.time } : {}),
      fields: decodeFieldsV1(entry.fieldsV1),
    };
    managers.set(managerId(manager), manager);
  }
  return managers;
}

/** Ordered as kube-apiserver orders them: appliers first, then by time, name, version and subresource. */
export function encodeManagers(managers: Managers): readonly ManagedFieldsEntry[] {
  return [...managers.values()]
    .sort(compareManagers)
    .map(({ name, operation, apiVersion, subresource, time, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: "FieldsV1",
      fieldsV1: encodeFieldsV1(fields),
      ...(subresource === "" ? {} : { subresource }),
    }));
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? "", b.time ?? "") ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** As in kube-apiserver: an object that many clients touch must not grow with every one of them. */
const maxUpdaters = 10;
const oldUpdatersName = "ancient-changes";

/** Merges the oldest updaters of a version into one, until there are few enough. */
export function capManagers(managers: Managers): Managers {
  const updaters = [...managers.values()].filter(
    ({ operation, subresource }) => operation === "Update" && subresource === "",
  );
  if (updaters.length <= maxUpdaters) return managers;
  updaters.sort((a, b) => compareText(a.time ?? "", b.time ?? "") || compareText(a.name, b.name));
  const capped = new Map(managers);
  const firstOfVersion = new Map<string, Manager>();
  let count = updaters.length;
  for (const updater of updaters) {
    if (count <= maxUpdaters) break;
    const first = firstOfVersion.get(updater.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(updater.apiVersion, updater);
      continue;
    }
    const merged: Manager = {
      ...updater,
      name: oldUpdatersName,
      fields: unite(first.fields, updater.fields),
    };
    capped.delete(managerId(first));
    capped.delete(managerId(updater));
    capped.set(managerId(merged), merged);
    firstOfVersion.set(updater.apiVersion, merged);
    count -= 1;
  }
  return capped;
}

export function withoutIdle(managers: Managers): Managers {
  return new Map([...managers].filter(([, { fields }]) => !isEmptySet(fields)));
}

/** `"alice"`, `"bob" with subresource "status" using v1` */
export function formatManager({ name, operation, apiVersion, subresource }: Manager): string {
  const part = subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(name)}${part}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}
