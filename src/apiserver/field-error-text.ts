/** The words of a field error, as apimachinery's field.Error prints them. */
import type { FieldError, FieldErrorType } from "../api/field-error.ts";
import type { StatusCause } from "../api/meta.ts";

const words: Readonly<Record<FieldErrorType, { readonly text: string; readonly reason: string }>> = {
  Required: { text: "Required value", reason: "FieldValueRequired" },
  Duplicate: { text: "Duplicate value", reason: "FieldValueDuplicate" },
  Invalid: { text: "Invalid value", reason: "FieldValueInvalid" },
  NotSupported: { text: "Unsupported value", reason: "FieldValueNotSupported" },
  Forbidden: { text: "Forbidden", reason: "FieldValueForbidden" },
  TooLong: { text: "Too long", reason: "FieldValueTooLong" },
  TooMany: { text: "Too many", reason: "FieldValueTooMany" },
  TypeInvalid: { text: "Invalid value", reason: "FieldValueTypeInvalid" },
  NotFound: { text: "Not found", reason: "FieldValueNotFound" },
  InternalError: { text: "Internal error", reason: "InternalError" },
};

const withoutValue: readonly FieldErrorType[] = ["Required", "Forbidden", "TooLong", "InternalError"];

/** `Invalid value: 70000: must be between 1 and 65535, inclusive` */
export function fieldErrorBody({ type, value, detail }: FieldError): string {
  const { text } = words[type];
  const shown = withoutValue.includes(type) || value === undefined ? "" : `: ${formatValue(value)}`;
  return `${text}${shown}${detail === "" ? "" : `: ${detail}`}`;
}

/** `spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive` */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/** One error stands for itself, several are listed once each: `[a, b]`. */
export function fieldErrorsText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}

export function fieldErrorCause(error: FieldError): StatusCause {
  return { reason: words[error.type].reason, message: fieldErrorBody(error), field: error.field };
}

function formatValue(value: unknown): string {
  if (typeof value === "string") return quote(value);
  return JSON.stringify(value) ?? "null";
}

/** A string in double quotes as Go's %q writes it. */
export function quote(text: string): string {
  let quoted = "";
  for (const character of text) quoted += escapeCharacter(character);
  return `"${quoted}"`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function escapeCharacter(character: string): string {
  const short = shortEscapes[character];
  if (short) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x7f || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
