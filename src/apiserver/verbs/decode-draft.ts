/** A body becomes a draft: of the right kind, in its stored form, with defaults filled in. */
import type { KubeObject } from "../../api/meta.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { parseObject } from "../request/decode-object.ts";
import type { WriteContext } from "./write-context.ts";

/** Throws BadRequest. */
export function decodeDraft(kind: ServedKind, text: string, _context: WriteContext): KubeObject {
  const parsed = parseObject(text, kind);
  return completeDraft(kind, parsed);
}

/** From the form that clients see to the stored one, with defaults. */
export function completeDraft({ definition }: ServedKind, object: KubeObject): KubeObject {
  const stored = definition.storedAs?.toStored(object) ?? object;
  return definition.default?.(stored) ?? stored;
}
