/**
 * Envoy's own protobuf definitions, as the package @grpc/grpc-js-xds brings them, and proto3's JSON mapping, strictly: what has no field,
 * is of another type or breaks one of Envoy's validation rules is said with its path.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What is used of protobufjs' reflection. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
  readonly resolvedType: MessageType | EnumType | null;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly partOf: OneOf | null;
}
interface OneOf {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldsArray: readonly Field[];
}
interface MessageType {
  readonly fullName: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly fieldsArray: readonly Field[];
  readonly oneofsArray: readonly OneOf[];
}
interface EnumType {
  readonly values: Readonly<Record<string, number>>;
}
interface Root {
  resolvePath: (origin: string, target: string) => string;
  loadSync(files: readonly string[], options: { readonly keepCase: boolean }): void;
  resolveAll(): void;
  lookupType(name: string): MessageType;
}
interface ProtobufJs {
  readonly Root: new () => Root;
}

/** Says which message a JSON value is of; returns what is wrong with it, a sentence for each. */
export type CheckMessage = (name: string, value: unknown) => readonly string[];

const files = [
  "envoy/config/bootstrap/v3/bootstrap.proto",
  "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto",
  "envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy.proto",
  "envoy/extensions/filters/udp/udp_proxy/v3/route.proto",
  "envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol.proto",
  "envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.proto",
];
const folders = ["envoy-api", "xds", "protoc-gen-validate", "googleapis"];

export function loadEnvoyProtos(): CheckMessage {
  const xds = createRequire(import.meta.url).resolve("@grpc/grpc-js-xds/package.json");
  // protobufjs is a dependency of its loader.
  const fromXds = createRequire(xds);
  const fromLoader = createRequire(fromXds.resolve("@grpc/proto-loader"));
  const { Root } = fromLoader("protobufjs") as ProtobufJs;
  const places = [
    ...folders.map((folder) => join(dirname(xds), "deps", folder)),
    dirname(fromLoader.resolve("protobufjs/package.json")),
  ];
  const root = new Root();
  root.resolvePath = (_origin, target) =>
    places.map((place) => join(place, target)).find((path) => existsSync(path)) ?? target;
  root.loadSync(files, { keepCase: true });
  root.resolveAll();
  return (name, value) => {
    const problems: string[] = [];
    checkMessage(root, root.lookupType(name), name, value, problems);
    return problems;
  };
}

function checkMessage(root: Root, type: MessageType, path: string, value: unknown, problems: string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push(`${path}: is no ${type.fullName}`);
    return;
  }
  const content = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(content)) {
    const field = type.fields[name];
    if (field) checkField(root, field, `${path}.${name}`, content[name], problems);
    else problems.push(`${path}: ${type.fullName} has no field ${name}`);
  }
  for (const { name, options, fieldsArray } of type.oneofsArray) {
    const set = fieldsArray.filter((field) => field.name in content).map((field) => field.name);
    if (set.length > 1) problems.push(`${path}: only one of ${set.join(", ")} may be set`);
    if (set.length === 0 && options?.["(validate.required)"] === true)
      problems.push(`${path}: ${name} is required`);
  }
  for (const field of type.fieldsArray) {
    if (
      ["message", "duration", "any"].some((kind) => rule(field, `${kind}.required`) === true) &&
      !(field.name in content)
    )
      problems.push(`${path}: ${field.name} is required`);
    // An absent text is an empty one.
    if (Number(rule(field, "string.min_len")) > 0 && !field.partOf && !(field.name in content))
      problems.push(`${path}: ${field.name} may not be empty`);
  }
}

function rule({ options }: Field, name: string): unknown {
  return options?.[`(validate.rules).${name}`];
}

function checkField(root: Root, field: Field, path: string, value: unknown, problems: string[]): void {
  if (!field.repeated) {
    checkValue(root, field, path, value, problems);
    return;
  }
  if (!Array.isArray(value)) {
    problems.push(`${path}: is no list`);
    return;
  }
  if (value.length < Number(rule(field, "repeated.min_items") ?? 0))
    problems.push(`${path}: has too few items`);
  for (const [index, item] of value.entries()) checkValue(root, field, `${path}[${index}]`, item, problems);
}

const numbers = new Set(["uint32", "int32", "uint64", "int64", "float", "double"]);
const wrappers: Readonly<Record<string, string>> = {
  ".google.protobuf.UInt32Value": "uint32",
  ".google.protobuf.BoolValue": "bool",
};

function checkValue(root: Root, field: Field, path: string, value: unknown, problems: string[]): void {
  const { resolvedType } = field;
  if (resolvedType && "values" in resolvedType) {
    if (!(String(value) in resolvedType.values))
      problems.push(`${path}: ${String(value)} is no ${field.type}`);
  } else if (!resolvedType || resolvedType.fullName in wrappers) {
    checkScalar(field, wrappers[resolvedType?.fullName ?? ""] ?? field.type, path, value, problems);
  } else if (resolvedType.fullName === ".google.protobuf.Duration") {
    if (!/^\d+(\.\d{1,9})?s$/.test(String(value))) problems.push(`${path}: ${String(value)} is no duration`);
  } else if (resolvedType.fullName === ".google.protobuf.Any") {
    const { "@type": url = "", ...rest } = value as Readonly<Record<string, unknown>>;
    checkMessage(
      root,
      root.lookupType(String(url).replace("type.googleapis.com/", "")),
      path,
      rest,
      problems,
    );
  } else checkMessage(root, resolvedType, path, value, problems);
}

function checkScalar(field: Field, type: string, path: string, value: unknown, problems: string[]): void {
  const expected = numbers.has(type) ? "number" : type === "bool" ? "boolean" : "string";
  if (typeof value !== expected) problems.push(`${path}: ${String(value)} is no ${type}`);
  if (expected === "number") {
    const bounds: readonly [string, (limit: number) => boolean][] = [
      ["lte", (limit) => Number(value) <= limit],
      ["gte", (limit) => Number(value) >= limit],
      ["gt", (limit) => Number(value) > limit],
    ];
    for (const [name, holds] of bounds) {
      const limit = rule(field, `uint32.${name}`);
      if (limit !== undefined && !holds(Number(limit)))
        problems.push(`${path}: ${String(value)} is not ${name} ${String(limit)}`);
    }
  }
  if (expected === "string" && String(value).length < Number(rule(field, "string.min_len") ?? 0))
    problems.push(`${path}: is too short`);
}
