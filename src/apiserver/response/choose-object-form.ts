/** Which form the Accept header and the query ask for. */
import { ApiStatusError } from "../errors.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { chooseForm, type Encoding, representationsNotAcceptable } from "./accept.ts";
import { metadataForm, type ObjectForm, tableForm, wholeForm } from "./object-form.ts";
import { parseIncludeObject } from "./table.ts";

export interface ChosenForm {
  readonly form: ObjectForm;
  readonly encoding: Encoding;
}

/** Throws NotAcceptable; BadRequest for a wrong includeObject. */
export function chooseObjectForm(
  kind: ServedKind,
  accept: string | undefined,
  query: URLSearchParams,
  shape: "single" | "list" | "watch",
  nowMs: () => number,
): ChosenForm {
  const accepted = chooseForm(accept, ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);
  if (!accepted) throw representationsNotAcceptable();
  const { conversion, encoding } = accepted;
  if (conversion === undefined || conversion === "APIGroupDiscoveryList") {
    return { form: wholeForm(kind), encoding };
  }
  if (conversion === "Table") {
    return { form: tableForm(kind, parseIncludeObject(query.get("includeObject")), nowMs), encoding };
  }
  const isList = conversion === "PartialObjectMetadataList";
  if (shape === "list" && !isList) {
    const message = `you requested PartialObjectMetadata, but the requested object is a list (${kind.kind}List)`;
    throw new ApiStatusError(406, "NotAcceptable", message);
  }
  if (shape === "single" && isList) {
    const message = `you requested PartialObjectMetadataList, but the requested object is not a list (${kind.kind})`;
    throw new ApiStatusError(406, "NotAcceptable", message);
  }
  return { form: metadataForm(kind), encoding };
}
