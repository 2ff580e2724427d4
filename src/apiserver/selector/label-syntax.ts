/** What is wrong with a label key or value in a selector, as one sentence that names the field. */
import { labelValueProblems, qualifiedNameProblems } from "../../api/validation/index.ts";
import { quote } from "../field-error-text.ts";

export function validateLabelKey(key: string): string | undefined {
  return describe("key", key, qualifiedNameProblems(key));
}

export function validateLabelValue(value: string, field: string): string | undefined {
  return describe(field, value, labelValueProblems(value));
}

function describe(field: string, value: string, problems: readonly string[]): string | undefined {
  return problems.length === 0
    ? undefined
    : `${field}: Invalid value: ${quote(value)}: ${problems.join("; ")}`;
}
