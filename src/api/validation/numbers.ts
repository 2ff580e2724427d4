/** Rules for fields that hold counts, and shares of counts. */
import { type FieldError, invalidField } from "../field-error.ts";

export function validateNonNegative(value: number, field: string): readonly FieldError[] {
  return value < 0 ? [invalidField(field, value, "must be greater than or equal to 0")] : [];
}

const percent = /^[0-9]+%$/;

/** A count or a share: `2` or `"25%"`. */
export function validateCountOrPercent(value: number | string, field: string): readonly FieldError[] {
  if (typeof value === "number") return validateNonNegative(value, field);
  if (percent.test(value)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalidField(field, value, detail)];
}

/** The number before the sign, or undefined for a plain count. */
export function percentOf(value: number | string): number | undefined {
  return typeof value === "string" && percent.test(value) ? Number(value.slice(0, -1)) : undefined;
}
