/** APIResourceList: the kinds of one group and version, and their subresources. */
import { createHash } from "node:crypto";
import type { ServedKind } from "../registry/served-kind.ts";
import { subresourcesOf } from "../subresource/subresources.ts";

export function resourceList(version: string, kinds: readonly ServedKind[]): object {
  return {
    kind: "APIResourceList",
    ...(version.includes("/") ? { apiVersion: "v1" } : {}),
    groupVersion: version,
    resources: kinds
      .flatMap((kind) => [resourceEntry(kind), ...subresourceEntries(kind)])
      .sort((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

interface ResourceEntry {
  readonly name: string;
  readonly [member: string]: unknown;
}

function resourceEntry({ definition, storage }: ServedKind): ResourceEntry {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    storageVersionHash: storageVersionHash(`${storage.group}/${definition.version}/${kind}`),
  };
}

/** Clients compare it between servers; kube-apiserver takes the first eight bytes of a SHA-256. */
function storageVersionHash(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, 8).toString("base64");
}

function subresourceEntries(kind: ServedKind): readonly ResourceEntry[] {
  const { plural, namespaced } = kind.definition;
  return subresourcesOf(kind).map(({ name, kind: subresourceKind, group, version, verbs }) => ({
    name: `${plural}/${name}`,
    singularName: "",
    namespaced,
    ...(group === undefined ? {} : { group }),
    ...(version === undefined ? {} : { version }),
    kind: subresourceKind,
    verbs,
  }));
}
