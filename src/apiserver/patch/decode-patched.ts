/** The result of a patch becomes an object of its kind, or the patch is invalid. */
import { DecodeError, decode } from "../../api/schema/index.ts";
import type { ApiStatusError } from "../errors.ts";
import { invalid } from "../errors.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface DecodeOptions {
  readonly schema: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly fieldValidation: FieldValidation;
  warn(text: string): void;
}

/**
 * `duplicates` are paths of fields that the patch's text holds twice. Throws Invalid of the field `patch`, which quotes the
 * patched object unless `quoteAs` says otherwise.
 */
export function decodePatched(
  patched: unknown,
  duplicates: readonly string[],
  options: DecodeOptions,
  quoteAs: () => string = () => JSON.stringify(patched),
): Record<string, unknown> {
  try {
    const { object, unknownFields } = decode(options.schema, patched);
    if (object.kind !== options.kind || object.apiVersion !== options.apiVersion) {
      throw new DecodeError(
        `no kind ${quoted(object.kind)} is registered for version ${quoted(object.apiVersion)}`,
      );
    }
    const problems = [
      ...duplicates.map((path) => `duplicate field "${path}"`),
      ...unknownFields.map((path) => `unknown field "${path}"`),
    ];
    if (options.fieldValidation === "Warn") for (const problem of problems) options.warn(problem);
    if (options.fieldValidation === "Strict" && problems.length > 0) {
      throw new DecodeError(`strict decoding error: ${problems.join(", ")}`);
    }
    return object;
  } catch (error) {
    if (error instanceof DecodeError) throw invalidPatch(quoteAs(), error.message);
    throw error;
  }
}

function quoted(value: unknown): string {
  return JSON.stringify(value ?? "");
}

/** Kubernetes names neither kind nor object here. */
function invalidPatch(value: string, why: string): ApiStatusError {
  return invalid({ group: "", kind: "" }, "", [{ type: "Invalid", field: "patch", value, detail: why }]);
}
