/** The syntax of names, labels and ports; each function says what is wrong, in apimachinery's words (util/validation, api/validate/content). */

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${subdomain}$`);
const qualifiedPattern = new RegExp(`^${qualified}$`);
const labelValuePattern = new RegExp(`^(${qualified})?$`);
const configKeyPattern = /^[-._a-zA-Z0-9]+$/;

/** ` (e.g. 'a',  or 'b', regex used for validation is 'x')`, the odd spaces included. */
function rule(text: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${text} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

const labelRule = rule(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  label,
  "my-name",
  "123-abc",
);
const subdomainRule = rule(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomain,
  "example.com",
);
const qualifiedRule = rule(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualified,
  "MyName",
  "my.name",
  "123-abc",
);
const labelValueRule = rule(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${qualified})?`,
  "MyValue",
  "my_value",
  "12345",
);
const configKeyRule = rule(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  "[-._a-zA-Z0-9]+",
  "key.name",
  "KEY_NAME",
  "key-name",
);

function lengthProblems(value: string, max: number, unit: "characters" | "bytes"): string[] {
  return Buffer.byteLength(value) > max ? [`must be no more than ${max} ${unit}`] : [];
}

/** A DNS label, RFC 1123: `my-name`. */
export function dnsLabelProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 63, "characters");
  if (labelPattern.test(value)) return problems;
  return [...problems, subdomainPattern.test(value) ? "must not contain dots" : labelRule];
}

/** A DNS name, RFC 1123: `db.example.com`. */
export function dnsSubdomainProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 253, "characters");
  return subdomainPattern.test(value) ? problems : [...problems, subdomainRule];
}

/** A name with an optional prefix: `example.com/name`, also the syntax of label keys. */
export function qualifiedNameProblems(value: string): readonly string[] {
  const parts = value.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? "";
  const problems = parts.length === 2 ? prefixProblems(parts[0] ?? "") : [];
  if (name === "") problems.push("must be non-empty");
  else problems.push(...lengthProblems(name, 63, "bytes"));
  if (!qualifiedPattern.test(name)) problems.push(qualifiedRule);
  return problems.map((problem) => (problem.startsWith("prefix part ") ? problem : `name part ${problem}`));
}

function prefixProblems(prefix: string): string[] {
  if (prefix === "") return ["prefix part must be non-empty"];
  const problems = lengthProblems(prefix, 253, "bytes");
  if (!subdomainPattern.test(prefix)) problems.push(subdomainRule);
  return problems.map((problem) => `prefix part ${problem}`);
}

export function labelValueProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 63, "bytes");
  return labelValuePattern.test(value) ? problems : [...problems, labelValueRule];
}

/** A key of a ConfigMap or a Secret. */
export function configKeyProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 253, "characters");
  if (!configKeyPattern.test(value)) problems.push(configKeyRule);
  if (value === ".") problems.push("must not be '.'");
  else if (value === "..") problems.push("must not be '..'");
  else if (value.startsWith("..")) problems.push("must not start with '..'");
  return problems;
}

/** 1-65535. */
export function portNumberProblems(port: number): readonly string[] {
  return port >= 1 && port <= 65535 ? [] : ["must be between 1 and 65535, inclusive"];
}

/** A service name as IANA has them, RFC 6335: what a targetPort or a container port may be called. */
export function portNameProblems(name: string): readonly string[] {
  const problems = lengthProblems(name, 15, "characters");
  if (!/^[-a-z0-9]+$/.test(name)) {
    problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(name)) problems.push("must contain at least one letter (a-z)");
  if (name.includes("--")) problems.push("must not contain consecutive hyphens");
  if (name.startsWith("-") || name.endsWith("-")) problems.push("must not begin or end with a hyphen");
  return problems;
}
