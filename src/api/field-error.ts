/** FieldError: one thing that is wrong with one field, in the API server's own words (apimachinery field.Error). */

export type FieldErrorType =
  | "Required"
  | "Duplicate"
  | "Invalid"
  | "NotSupported"
  | "Forbidden"
  | "TooLong"
  | "TooMany"
  | "TypeInvalid"
  | "NotFound"
  | "InternalError";

export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.ports[0].nodePort` */
  readonly field: string;
  /** The value as it stands in the message after the type: `Invalid value: 70000`. Absent for Required, Forbidden, … */
  readonly value?: unknown;
  readonly detail: string;
}

/** `Invalid value: 70000: must be between 1 and 65535, inclusive`. NOTE: Kubernetes prints an absent scalar as "null", quoted, and an absent list as null. */
export function invalidField(field: string, value: unknown, detail: string): FieldError {
  return { type: "Invalid", field, value: value === undefined ? "null" : value, detail };
}

/** `Required value`, with a reason if there is one to give. */
export function requiredField(field: string, detail = ""): FieldError {
  return { type: "Required", field, detail };
}

/** `Forbidden: may not be set for ExternalName services` */
export function forbiddenField(field: string, detail: string): FieldError {
  return { type: "Forbidden", field, detail };
}

/** `Duplicate value: "web"` */
export function duplicateField(field: string, value: unknown, detail = ""): FieldError {
  return { type: "Duplicate", field, value, detail };
}

/** `Unsupported value: "x": supported values: "a", "b"`, in the order given. */
export function unsupportedField(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = `supported values: ${supported.map((text) => JSON.stringify(text)).join(", ")}`;
  return { type: "NotSupported", field, value: value === undefined ? "null" : value, detail };
}

/** `Too long: may not be more than 262144 bytes` */
export function tooLongField(field: string, maxBytes: number): FieldError {
  return { type: "TooLong", field, detail: `may not be more than ${maxBytes} bytes` };
}

/** `Too many: 101: must have at most 100 items` */
export function tooManyField(field: string, count: number, max: number): FieldError {
  return {
    type: "TooMany",
    field,
    value: count,
    detail: `must have at most ${max} item${max === 1 ? "" : "s"}`,
  };
}

/** `Not found: "data"`: a name that refers to nothing. */
export function missingField(field: string, value: unknown): FieldError {
  return { type: "NotFound", field, value, detail: "" };
}

/** One Invalid error for each thing that is wrong with the value. */
export function problemsField(field: string, value: unknown, problems: readonly string[]): FieldError[] {
  return problems.map((problem) => invalidField(field, value, problem));
}
