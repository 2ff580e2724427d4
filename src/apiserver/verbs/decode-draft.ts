/** A body becomes a draft: of the right kind, in its stored form, with defaults filled in. */
import type { KubeObject } from "../../api/meta.ts";
import { DecodeError, decode, findDuplicateFields } from "../../api/schema/index.ts";
import { badRequest } from "../errors.ts";
import { quote } from "../field-error-text.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { type ExpectedKind, parseObject } from "../request/decode-object.ts";
import type { WriteContext } from "./write-context.ts";

/** Throws BadRequest. */
export function decodeDraft(kind: ServedKind, text: string, context: WriteContext): KubeObject {
  const parsed = parseObject(text, kind);
  const duplicates = context.fieldValidation === "Ignore" ? [] : findDuplicateFields(text);
  return completeDraft(kind, parsed, context, duplicates);
}

/** From the form that clients see to the stored one, with defaults. Throws BadRequest. */
export function completeDraft(
  kind: ServedKind,
  object: KubeObject,
  context: WriteContext,
  duplicates: readonly string[] = [],
): KubeObject {
  const refuse = (why: string) => undecodable(kind, why);
  const decoded = decodeTyped(kind.definition.schema, object, refuse);
  reportFields(refuse, context, [
    ...duplicates.map((path) => `duplicate field ${quote(path)}`),
    ...decoded.unknownFields.map((path) => `unknown field ${quote(path)}`),
  ]);
  return completeTyped(kind, decoded.object as unknown as KubeObject);
}

/** The same for an object that is decoded already. */
export function completeTyped({ definition }: ServedKind, typed: KubeObject): KubeObject {
  const stored = definition.storedAs?.toStored(typed) ?? typed;
  return definition.default?.(stored) ?? stored;
}

/** A kind that is sent, but not stored: Scale, Binding, Eviction. */
export interface SentKind extends ExpectedKind {
  /** Key of its schema in api/schema. */
  readonly schema: string;
}

/** Throws BadRequest. */
export function decodeSent(sent: SentKind, text: string): KubeObject {
  const refuse = (why: string) => undecodable(sent, why);
  return decodeTyped(sent.schema, parseObject(text, sent), refuse).object as unknown as KubeObject;
}

type Refuse = (why: string) => Error;

function decodeTyped(schema: string, object: KubeObject, refuse: Refuse): ReturnType<typeof decode> {
  try {
    return decode(schema, object);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refuse(error.message);
  }
}

function reportFields(refuse: Refuse, context: WriteContext, problems: readonly string[]): void {
  if (problems.length === 0) return;
  switch (context.fieldValidation) {
    case "Strict":
      throw refuse(`strict decoding error: ${problems.join(", ")}`);
    case "Warn":
      for (const problem of problems) context.warn(problem);
      return;
    case "Ignore":
      return;
  }
}

function undecodable({ kind, apiVersion }: ExpectedKind, why: string): Error {
  const version = apiVersion.split("/").at(-1) ?? "";
  return badRequest(`${kind} in version ${quote(version)} cannot be handled as a ${kind}: ${why}`);
}
