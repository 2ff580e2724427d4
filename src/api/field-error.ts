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
