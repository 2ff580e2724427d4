/** Bodies of type application/vnd.kubernetes.protobuf: an envelope that names the kind, around the object's message. */
import { ApiStatusError, badRequest } from "../../errors.ts";
import { type Message, type MessageField, messageOf } from "./messages.ts";

/** apimachinery pkg/runtime/serializer/protobuf: `k8s` and a zero byte. */
const magic = Buffer.from("k8s\0");

/** The JSON form of the object. Throws BadRequest for what is no such body, UnsupportedMediaType for a kind or field that is not known. */
export function decodeProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, magic.length).equals(magic))
    throw malformed("it does not begin with the magic bytes");
  const { typeMeta = {}, raw = "" } = decode("Unknown", body.subarray(magic.length)) as {
    readonly typeMeta?: { readonly apiVersion?: string; readonly kind?: string };
    readonly raw?: string;
  };
  return { ...typeMeta, ...decode(typeMeta.kind ?? "", Buffer.from(raw, "base64")) };
}

type Decoded = Record<string, unknown>;

const wireTypes = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

function decode(name: string, bytes: Buffer): Decoded {
  const message = messageOf(name);
  if (!message) throw unknownPart(`kind "${name}"`);
  return decodeWith(message, bytes, name);
}

function add(decoded: Decoded, { name, shape, isPointer }: MessageField, value: unknown): void {
  if (shape === "repeated") decoded[name] = [...((decoded[name] as unknown[] | undefined) ?? []), value];
  else if (shape === "map")
    decoded[name] = { ...(decoded[name] as Decoded | undefined), ...(value as Decoded) };
  else if (isPointer || (value !== "" && value !== 0 && value !== false && value !== null))
    decoded[name] = value;
}

function readValue(reader: Reader, wireType: number, field: MessageField): unknown {
  if (wireType === wireTypes.varint) {
    const number = BigInt.asIntN(64, reader.varint());
    return field.type === "bool" ? number !== 0n : Number(number);
  }
  if (wireType !== wireTypes.delimited) throw malformed(`wire type ${wireType} is not used by Kubernetes`);
  const bytes = reader.delimited();
  return field.shape === "map" ? mapEntry(bytes, field.type) : scalarOrMessage(bytes, field.type);
}

function scalarOrMessage(bytes: Buffer, type: string): unknown {
  switch (type) {
    case "string":
      return bytes.toString("utf8");
    case "bytes":
      return bytes.toString("base64");
    case "time":
      return timeText(bytes);
    case "intOrString": {
      const { type: kind = 0, intVal = 0, strVal = "" } = decodeWith(intOrString, bytes);
      return kind === 0 ? intVal : strVal;
    }
    case "int":
    case "bool":
      throw malformed("a number is encoded as bytes");
    default:
      return decode(type, bytes);
  }
}

function mapEntry(bytes: Buffer, type: string): Decoded {
  const { key = "", value = "" } = decodeWith(entryMessage(type), bytes) as { key?: string; value?: unknown };
  return { [key]: value };
}

function entryMessage(type: string): Message {
  return new Map([
    [1, { name: "key", type: "string", shape: "single", isPointer: true }],
    [2, { name: "value", type, shape: "single", isPointer: true }],
  ] as const);
}

const intOrString: Message = new Map([
  [1, { name: "type", type: "int", shape: "single", isPointer: true }],
  [2, { name: "intVal", type: "int", shape: "single", isPointer: true }],
  [3, { name: "strVal", type: "string", shape: "single", isPointer: true }],
] as const);

const timestampMessage: Message = new Map([
  [1, { name: "seconds", type: "int", shape: "single", isPointer: true }],
  [2, { name: "nanos", type: "int", shape: "single", isPointer: true }],
] as const);

/** null for the zero time, which an empty message stands for. */
function timeText(bytes: Buffer): string | null {
  const { seconds } = decodeWith(timestampMessage, bytes) as { readonly seconds?: number };
  if (seconds === undefined || Math.abs(seconds) > 8e12) return null;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

function decodeWith(message: Message, bytes: Buffer, name = "a message"): Decoded {
  const decoded: Decoded = {};
  const reader = createReader(bytes);
  while (!reader.done()) {
    const tag = Number(reader.varint());
    const field = message.get(tag >>> 3);
    if (!field) throw unknownPart(`field ${tag >>> 3} of ${name}`);
    add(decoded, field, readValue(reader, tag & 7, field));
  }
  return decoded;
}

interface Reader {
  done(): boolean;
  varint(): bigint;
  delimited(): Buffer;
}

function createReader(bytes: Buffer): Reader {
  let position = 0;
  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[position];
      if (byte === undefined) throw malformed("it ends within a number");
      position += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed("a number is longer than 64 bits");
  }
  return {
    done: () => position >= bytes.length,
    varint,
    delimited() {
      const length = Number(varint());
      if (length > bytes.length - position) throw malformed("it ends within a field");
      position += length;
      return bytes.subarray(position - length, position);
    },
  };
}

function malformed(why: string): ApiStatusError {
  return badRequest(`the body is no protobuf of Kubernetes: ${why}`);
}

function unknownPart(what: string): ApiStatusError {
  const message = `the body of the request cannot be read: ${what} is not known in protobuf here; send application/json instead`;
  return new ApiStatusError(415, "UnsupportedMediaType", message);
}
