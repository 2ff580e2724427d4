/** JSON values as Go's %v prints them: error messages quote patches so. */
import { isMap } from "./json-value.ts";

/** `map[name:x ports:[map[port:80]]]` */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (value === null || value === undefined) return "<nil>";
  if (!isMap(value)) return String(value);
  const members = Object.keys(value).sort();
  return `map[${members.map((key) => `${key}:${goText(value[key])}`).join(" ")}]`;
}
