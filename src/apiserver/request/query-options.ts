/** The options of a request: what ListOptions, CreateOptions, PatchOptions and their like carry in the query. */
import type { FieldError } from "../../api/field-error.ts";
import { badRequest, invalid } from "../errors.ts";
import { quote } from "../field-error-text.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** "" if the client did not name itself. */
  readonly fieldManager: string;
  /** Server-side apply only. */
  readonly force: boolean;
}

/** `optionsKind` is the kind that messages name: CreateOptions, UpdateOptions, PatchOptions. Throws Invalid. */
export function parseWriteOptions(query: URLSearchParams, optionsKind: string): WriteOptions {
  const fieldManager = query.get("fieldManager") ?? "";
  const fieldValidation = query.get("fieldValidation") ?? "";
  const errors = [
    ...dryRunErrors(query.getAll("dryRun")),
    ...fieldManagerErrors(fieldManager),
    ...fieldValidationErrors(fieldValidation),
  ];
  refuse(optionsKind, errors);
  return {
    dryRun: query.getAll("dryRun").includes("All"),
    fieldValidation: fieldValidation === "" ? "Warn" : (fieldValidation as FieldValidation),
    fieldManager,
    force: parseBoolean(query, "force"),
  };
}

export function refuse(optionsKind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: optionsKind }, "", errors);
}

export function dryRunErrors(values: readonly string[]): readonly FieldError[] {
  return values
    .filter((value) => value !== "" && value !== "All")
    .slice(0, 1)
    .map(() => ({
      type: "NotSupported",
      field: "dryRun",
      value: values,
      detail: 'supported values: "All"',
    }));
}

function fieldValidationErrors(value: string): readonly FieldError[] {
  if (["", "Ignore", "Strict", "Warn"].includes(value)) return [];
  const detail = 'supported values: "", "Ignore", "Strict", "Warn"';
  return [{ type: "NotSupported", field: "fieldValidation", value, detail }];
}

const fieldManagerMaxLength = 128;

function fieldManagerErrors(value: string): readonly FieldError[] {
  const field = "fieldManager";
  if (value.length > fieldManagerMaxLength) {
    const detail = `may not be more than ${fieldManagerMaxLength} bytes`;
    return [{ type: "TooLong", field, value, detail }];
  }
  const unprintable = [...value].findIndex((character) => /[^\P{C}]|[^\S ]/u.test(character));
  if (unprintable < 0) return [];
  const detail = `should not contain unprintable characters, found an unprintable character at position ${unprintable}`;
  return [{ type: "Invalid", field, value, detail }];
}

/** Like Kubernetes' conversion: absent, "false" and "0" are false, anything else is true. */
export function parseBoolean(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "false" && value !== "0";
}

/** Throws BadRequest in the words of Go's strconv, which kube-apiserver passes on. */
export function parseInteger(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  if (!/^[+-]?\d{1,18}$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing ${quote(value)}: invalid syntax`);
  }
  return Number(value);
}
