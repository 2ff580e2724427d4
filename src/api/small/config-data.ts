/** Rules on the data of ConfigMaps and Secrets (kubernetes/pkg/apis/core/validation). */
import { sameValue } from "../deep-equal.ts";
import { type FieldError, forbiddenField, problemsField, tooLongField } from "../field-error.ts";
import { configKeyProblems } from "../validation/syntax.ts";

const maxBytes = 1024 * 1024;

type Data = Readonly<Record<string, string>>;

export function validateDataKeys(data: Data | undefined, field: string): readonly FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) =>
    problemsField(`${field}[${key}]`, key, configKeyProblems(key)),
  );
}

/** `bytes` is the size of all values together; `field` is `[]`, Kubernetes' name of an empty path, for the whole object. */
export function validateDataSize(bytes: number, field: string): readonly FieldError[] {
  return bytes > maxBytes ? [tooLongField(field, maxBytes)] : [];
}

export function textBytes(data: Data | undefined): number {
  return Object.values(data ?? {}).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

export function base64Bytes(data: Data | undefined): number {
  return Object.values(data ?? {}).reduce((sum, text) => sum + Buffer.byteLength(text, "base64"), 0);
}

interface Freezable {
  readonly immutable?: boolean;
}

/** Once it is immutable it stays so, and these members stay what they are. */
export function validateFrozen<T extends Freezable>(
  next: T,
  old: T,
  members: readonly (keyof T & string)[],
): readonly FieldError[] {
  if (!old.immutable) return [];
  const detail = "field is immutable when `immutable` is set";
  return [
    ...(next.immutable ? [] : [forbiddenField("immutable", detail)]),
    ...members
      .filter((member) => !sameValue(next[member] ?? {}, old[member] ?? {}))
      .map((member) => forbiddenField(member, detail)),
  ];
}
