/** Validation of a container's resources (ValidateContainerResourceRequirements). */
import { type FieldError, invalidField, problemsField } from "../field-error.ts";
import type { ResourceRequirements } from "../pod.ts";
import { parseQuantity } from "../quantity.ts";
import { qualifiedNameProblems } from "../validation/syntax.ts";

const standard = ["cpu", "memory", "ephemeral-storage"];

export function validateResources(
  resources: ResourceRequirements | undefined,
  field: string,
): readonly FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {};
  const errors = [...listErrors(limits, `${field}.limits`), ...listErrors(requests, `${field}.requests`)];
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined) continue;
    const requested = parseQuantity(request) ?? 0n;
    if (requested > (parseQuantity(limit) ?? requested)) {
      const detail = `must be less than or equal to ${name} limit of ${limit}`;
      errors.push(invalidField(`${field}.requests`, request, detail));
    }
  }
  return errors;
}

function listErrors(list: Readonly<Record<string, string>>, field: string): FieldError[] {
  return Object.entries(list).flatMap(([name, quantity]) => {
    const at = `${field}[${name}]`;
    const problems = qualifiedNameProblems(name);
    const errors = problemsField(at, name, problems);
    if (problems.length === 0 && !name.includes("/") && !isStandard(name)) {
      errors.push(
        invalidField(at, name, "must be a standard resource type or fully qualified"),
        invalidField(at, name, "must be a standard resource for containers"),
      );
    }
    if ((parseQuantity(quantity) ?? 0n) < 0n) {
      errors.push(invalidField(at, quantity, "must be greater than or equal to 0"));
    }
    return errors;
  });
}

function isStandard(name: string): boolean {
  return standard.includes(name) || name.startsWith("hugepages-");
}
