/** JSON values as patches see them. */
export type JsonMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text as Go's JSON decoder would name what it holds. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return isMap(value) ? "object" : typeof value;
}
