/** BOOKMARK events: a revision to resume from, and the end of the initial events. */
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectForm } from "../response/object-form.ts";
import { eventLine } from "./event-text.ts";

export function bookmarkText(
  kind: ServedKind,
  form: ObjectForm,
  revision: number,
  { endsInitialEvents }: { readonly endsInitialEvents: boolean },
): string {
  const metadata = {
    resourceVersion: String(revision),
    creationTimestamp: null,
    ...(endsInitialEvents ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
  };
  return eventLine("BOOKMARK", JSON.stringify(bookmarkObject(kind, form, metadata)));
}

function bookmarkObject(kind: ServedKind, form: ObjectForm, metadata: object): object {
  if (form.key === "metadata")
    return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
  const object = { kind: kind.kind, apiVersion: kind.apiVersion, metadata };
  if (!form.key.startsWith("table")) return object;
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: {},
    columnDefinitions: null,
    rows: [
      { cells: null, object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata } },
    ],
  };
}
