/** Reads how backends are checked. */
import type { CheckTarget } from "../health/check-target.ts";
import { type FieldReader, join } from "./field-reader.ts";

/** A check without the address; without a port it is the backend's own. */
export type CheckSpec =
  | { readonly type: "none" }
  | { readonly type: "tcp"; readonly port?: number }
  | {
      readonly type: "http" | "https";
      readonly port?: number;
      readonly path: string;
      readonly host?: string;
    };

const types = ["tcp", "http", "https", "none"] as const;

/** Undefined if the value is absent or wrong; the reader knows which. */
export function readCheck(reader: FieldReader, path: string, value: unknown): CheckSpec | undefined {
  if (value === undefined) return undefined;
  const fields = reader.mapping(path, value, ["type", "port", "path", "host"]);
  if (!fields) return undefined;
  const type = reader.oneOf(join(path, "type"), fields.type, types);
  const port =
    fields.port === undefined ? undefined : reader.integer(join(path, "port"), fields.port, 1, 65_535);
  const own = port === undefined ? {} : { port };
  if (type === undefined) return undefined;
  if (type === "none") return { type };
  if (type === "tcp") return { type, ...own };
  const asked = readText(reader, join(path, "path"), fields.path, /^\/[\x21-\x7e]*$/, "/healthz");
  const host = readText(reader, join(path, "host"), fields.host, /^[\w.:[\]-]+$/, "app.example.com");
  return { type, ...own, path: asked ?? "/", ...(host !== undefined && { host }) };
}

/** What ends up in a request must not be able to end its line. */
function readText(
  reader: FieldReader,
  path: string,
  value: unknown,
  pattern: RegExp,
  example: string,
): string | undefined {
  if (value === undefined) return undefined;
  return reader.text(
    path,
    value,
    (text) => (pattern.test(text) ? text : undefined),
    `write it like "${example}"`,
  );
}

/** The target of a backend's check; undefined if it has none. */
export function targetOf(spec: CheckSpec, address: string, backendPort: number): CheckTarget | undefined {
  if (spec.type === "none") return undefined;
  const { port = backendPort } = spec;
  if (spec.type === "tcp") return { kind: "tcp", address, port };
  const { type: kind, path, host } = spec;
  return { kind, address, port, path, ...(host !== undefined && { host }) };
}
