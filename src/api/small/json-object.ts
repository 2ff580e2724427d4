/** What Go's encoding/json says of a text that should be an object; undefined if it is one. */
export function jsonObjectProblem(text: string): string | undefined {
  const trimmed = text.trimStart();
  const first = [...trimmed][0];
  if (first === undefined) return "unexpected end of JSON input";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return /^[[{"\-\dtfn]/.test(first)
      ? "unexpected end of JSON input"
      : `invalid character ${quoted(first)} looking for beginning of value`;
  }
  if (value === null || (typeof value === "object" && !Array.isArray(value))) return undefined;
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

function quoted(character: string): string {
  return character === "'" ? "'\\''" : `'${character}'`;
}
