/** What decoding carries along, and how it fails. */

export interface DecodeContext {
  readonly unknownFields: string[];
  /** The type that holds the field at hand. */
  readonly owner?: string;
}

/** A value of the wrong type, in the words of Go's encoding/json. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

/** `json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32` */
export function unmarshalError(value: unknown, target: string): DecodeError {
  return new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into ${target}`);
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "number" : `number ${value}`;
    default:
      return "object";
  }
}
