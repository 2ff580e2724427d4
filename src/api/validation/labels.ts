/** Labels, annotations and label selectors. */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  tooLongField,
} from "../field-error.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../meta.ts";
import { labelValueProblems, qualifiedNameProblems } from "./syntax.ts";

const annotationsMaxBytes = 256 * 1024;

type StringMap = Readonly<Record<string, string>>;

export function validateLabels(labels: StringMap | undefined, field: string): readonly FieldError[] {
  return sortedEntries(labels).flatMap(([key, value]) => [
    ...problemsField(field, key, qualifiedNameProblems(key)),
    ...problemsField(field, value, labelValueProblems(value)),
  ]);
}

/** Keys may have capital letters in their prefix; all keys and values together have at most 256 KiB. */
export function validateAnnotations(
  annotations: StringMap | undefined,
  field: string,
): readonly FieldError[] {
  const entries = sortedEntries(annotations);
  const errors = entries.flatMap(([key]) =>
    problemsField(field, key, qualifiedNameProblems(key.toLowerCase())),
  );
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return bytes > annotationsMaxBytes ? [...errors, tooLongField(field, annotationsMaxBytes)] : errors;
}

export function validateLabelSelector(
  selector: LabelSelector | undefined,
  field: string,
): readonly FieldError[] {
  const { matchLabels, matchExpressions = [] } = selector ?? {};
  return [
    ...validateLabels(matchLabels, `${field}.matchLabels`),
    ...matchExpressions.flatMap((requirement, index) =>
      validateRequirement(requirement, `${field}.matchExpressions[${index}]`),
    ),
  ];
}

function validateRequirement(
  { key = "", operator, values = [] }: LabelSelectorRequirement,
  field: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) {
      errors.push(requiredField(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) {
      errors.push(
        forbiddenField(
          `${field}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      );
    }
  } else errors.push(invalidField(`${field}.operator`, operator, "not a valid selector operator"));
  errors.push(...problemsField(`${field}.key`, key, qualifiedNameProblems(key)));
  for (const [index, value] of values.entries()) {
    errors.push(...problemsField(`${field}.values[${index}]`, value, labelValueProblems(value)));
  }
  return errors;
}

/** Whether the selector would select nothing in particular: it has no requirement. */
export function selectorIsEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function sortedEntries(map: StringMap | undefined): readonly (readonly [string, string])[] {
  return Object.entries(map ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
}
