/** ObjectForm: in which form a client gets objects of a kind, one by one or in lists: whole, as Table rows, or their metadata only. */
import type { KubeObject } from "../../api/meta.ts";
import { decodeObject, itemText, objectText } from "../registry/object-text.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { type IncludeObject, tableRow, tableText } from "./table.ts";

export interface ListMetadata {
  readonly revision: number;
  readonly continue?: string;
  readonly remaining?: number;
}

/** An object's stored text and the revision that it is shown with. */
export interface StoredText {
  readonly text: string;
  readonly revision: number;
}

export interface ObjectForm {
  /** Equal keys mean equal texts: what one client gets can be sent to another. */
  readonly key: string;
  /** One object. `isFirst` is false for the later events of a watch, whose Tables leave out the columns. */
  single(object: StoredText, isFirst: boolean): string;
  list(objects: readonly StoredText[], metadata: ListMetadata): string;
}

export function wholeForm(kind: ServedKind): ObjectForm {
  const { storedAs } = kind.definition;
  const convert = ({ text, revision }: StoredText): KubeObject | undefined =>
    storedAs?.fromStored(decodeObject(text, revision, kind.stored));
  const item = (stored: StoredText): string => {
    const converted = convert(stored);
    if (!converted) return itemText(stored.text, stored.revision);
    const { kind: _kind, apiVersion: _apiVersion, ...members } = converted;
    return JSON.stringify(members);
  };
  return {
    key: kind.apiVersion,
    single(stored) {
      const converted = convert(stored);
      return converted ? JSON.stringify(converted) : objectText(stored.text, stored.revision, kind);
    },
    list: (objects, metadata) => listText(`${kind.kind}List`, kind.apiVersion, metadata, objects.map(item)),
  };
}

const metaVersion = "meta.k8s.io/v1";

/** `conversion` PartialObjectMetadata or PartialObjectMetadataList. */
export function metadataForm(kind: ServedKind): ObjectForm {
  const single = ({ text, revision }: StoredText): string => {
    const { metadata } = decodeObject(text, revision, kind.stored);
    return JSON.stringify({ kind: "PartialObjectMetadata", apiVersion: metaVersion, metadata });
  };
  return {
    key: "metadata",
    single,
    list: (objects, metadata) =>
      listText("PartialObjectMetadataList", metaVersion, metadata, objects.map(single)),
  };
}

export function tableForm(kind: ServedKind, includeObject: IncludeObject, nowMs: () => number): ObjectForm {
  const row = (stored: StoredText): string =>
    tableRow(kind, includeObject, decodeObject(stored.text, stored.revision, kind.stored), nowMs());
  const { columns } = kind.definition;
  return {
    key: `table-${includeObject}-${kind.apiVersion}`,
    single: (stored, isFirst) =>
      tableText(isFirst ? columns : null, [row(stored)], listMetadataText({ revision: stored.revision })),
    list: (objects, metadata) => tableText(columns, objects.map(row), listMetadataText(metadata)),
  };
}

function listText(
  kind: string,
  apiVersion: string,
  metadata: ListMetadata,
  items: readonly string[],
): string {
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${listMetadataText(metadata)},"items":[${items.join(",")}]}`;
}

function listMetadataText({ revision, continue: token, remaining }: ListMetadata): string {
  return JSON.stringify({
    resourceVersion: String(revision),
    ...(token === undefined ? {} : { continue: token }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  });
}
