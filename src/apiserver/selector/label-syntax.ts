/** Syntax of label keys and values, in apimachinery's words (util/validation). */
import { quote } from "../field-error-text.ts";

const nameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const prefixRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const shapeRule =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const namePattern = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What is wrong with `example.com/name`, a sentence each. */
export function qualifiedNameProblems(key: string): readonly string[] {
  const parts = key.split("/");
  if (parts.length > 2) return [shapeRule];
  const problems: string[] = [];
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === "") problems.push("prefix part must be non-empty");
  else if (prefix !== undefined) {
    if (prefix.length > 253) problems.push("prefix part must be no more than 253 bytes");
    if (!subdomainPattern.test(prefix)) problems.push(`prefix part ${prefixRule}`);
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > 63) problems.push("name part must be no more than 63 bytes");
  if (!namePattern.test(name)) problems.push(nameRule);
  return problems;
}

export function labelValueProblems(value: string): readonly string[] {
  const problems: string[] = [];
  if (value.length > 63) problems.push("must be no more than 63 bytes");
  if (value !== "" && !namePattern.test(value)) problems.push(valueRule);
  return problems;
}

export function validateLabelKey(key: string): string | undefined {
  const problems = qualifiedNameProblems(key);
  return problems.length === 0 ? undefined : `key: Invalid value: ${quote(key)}: ${problems.join("; ")}`;
}

export function validateLabelValue(value: string, field: string): string | undefined {
  const problems = labelValueProblems(value);
  return problems.length === 0
    ? undefined
    : `${field}: Invalid value: ${quote(value)}: ${problems.join("; ")}`;
}
