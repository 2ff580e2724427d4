/** Scalars: their types, zero values and canonical forms. */
import { type DecodeContext, DecodeError, unmarshalError } from "./decode-context.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { PlainType } from "./schema-types.ts";

/** What Go prints for a value that was never set. */
export function zeroOf(type: PlainType): unknown {
  switch (type) {
    case "string":
    case "bytes":
      return "";
    case "boolean":
      return false;
    case "int32":
    case "int64":
    case "number":
    case "intOrString":
      return 0;
    case "quantity":
      return "0";
    case "time":
    case "microTime":
    case "any":
      return null;
  }
}

/** Throws DecodeError. */
export function decodePlain(type: PlainType, value: unknown, path: string, context: DecodeContext): unknown {
  switch (type) {
    case "any":
      return value;
    case "string":
    case "boolean":
      if (typeof value === type) return value;
      break;
    case "number":
      if (typeof value === "number") return value;
      break;
    case "int32":
    case "int64":
      if (typeof value === "number" && isInteger(value, type)) return value;
      break;
    case "intOrString":
      if (typeof value === "string" || (typeof value === "number" && isInteger(value, "int32"))) return value;
      break;
    case "bytes":
      if (typeof value === "string") return decodeBytes(value);
      break;
    case "time":
    case "microTime":
      if (typeof value === "string") return value === "" ? null : decodeTime(value, type);
      break;
    case "quantity":
      if (typeof value === "string" || typeof value === "number") return decodeQuantity(String(value));
      break;
  }
  const owner = (context.owner ?? "").split(".").at(-1) ?? "";
  const goType = goNames[type] ?? type;
  throw unmarshalError(value, `Go struct field ${owner}.${path.replace(/\[\d+\]/g, "")} of type ${goType}`);
}

const goNames: Partial<Record<PlainType, string>> = {
  boolean: "bool",
  number: "float64",
  time: "string",
  microTime: "string",
  bytes: "[]uint8",
  quantity: "resource.Quantity",
  intOrString: "int32",
};

const int32Limit = 2 ** 31;
const int64Limit = 2 ** 63;

function isInteger(value: number, type: "int32" | "int64"): boolean {
  const limit = type === "int32" ? int32Limit : int64Limit;
  return Number.isInteger(value) && value >= -limit && value < limit;
}

function decodeBytes(text: string): string {
  const clean = text.replace(/[\r\n]/g, "");
  const bad = /[^A-Za-z0-9+/=]|=(?!=*$)/.exec(clean);
  if (bad !== null || clean.length % 4 !== 0 || /={3,}$/.test(clean)) {
    throw new DecodeError(`illegal base64 data at input byte ${bad?.index ?? clean.length}`);
  }
  return clean;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * RFC 3339 in UTC: whole seconds for Time, six digits for MicroTime. As Go's time.Parse with such a layout, MicroTime
 * takes six digits, no fewer and no more, and Time any number, none included.
 */
function decodeTime(text: string, type: "time" | "microTime"): string {
  const match = rfc3339.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(text);
  if (match === null || Number.isNaN(ms)) throw unreadableTime(text, type, text, "2006");
  const seconds = new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19);
  if (type === "time") return `${seconds}Z`;
  const [, fraction = "", zone = ""] = match;
  if (fraction.length < microDigits.length) throw unreadableTime(text, type, fraction + zone, microDigits);
  const excess = fraction.slice(microDigits.length);
  if (excess !== "") throw unreadableTime(text, type, excess + zone, "Z07:00");
  return `${seconds}${fraction}Z`;
}

const microDigits = ".000000";

function unreadableTime(text: string, type: "time" | "microTime", rest: string, part: string): DecodeError {
  const layout = `2006-01-02T15:04:05${type === "time" ? "" : microDigits}Z07:00`;
  return new DecodeError(
    `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${part}"`,
  );
}

function decodeQuantity(text: string): string {
  const canonical = canonicalQuantity(text.trim());
  if (canonical === undefined) {
    throw new DecodeError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return canonical;
}
