/** Bodies that hold an object: JSON or YAML of the kind that the path is for. */
import type { KubeObject } from "../../api/meta.ts";
import { badRequest, unsupportedMediaType } from "../errors.ts";
import { quote } from "../field-error-text.ts";

const jsonTypes: readonly string[] = ["", "application/json"];
const yamlTypes: readonly string[] = ["application/yaml"];
const protobufType = "application/vnd.kubernetes.protobuf";
const acceptedTypes: readonly string[] = ["application/json", "application/yaml", protobufType];

export interface ExpectedKind {
  readonly kind: string;
  /** `v1` or `apps/v1` */
  readonly apiVersion: string;
}

/** The JSON text of a body. Throws UnsupportedMediaType, BadRequest. */
export async function bodyAsJson(
  body: Buffer,
  contentType: string | undefined,
  kind: string,
): Promise<string> {
  const type = mediaType(contentType);
  if (type === protobufType) {
    const { decodeProtobuf } = await import("./protobuf/decode-protobuf.ts");
    return JSON.stringify(decodeProtobuf(body));
  }
  const text = body.toString("utf8");
  if (jsonTypes.includes(type)) return text;
  if (!yamlTypes.includes(type)) throw unsupportedMediaType(acceptedTypes);
  const { parse } = await import("../../lib/yaml.ts");
  try {
    return JSON.stringify(parse(text)) ?? "";
  } catch (error) {
    throw unrecognized(
      kind,
      `error converting YAML to JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
}

export function mediaType(contentType: string | undefined): string {
  return (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Throws BadRequest unless the text is an object of the expected kind; kind and apiVersion may be left out. */
export function parseObject(text: string, expected: ExpectedKind): KubeObject {
  const value = parseJson(text, expected.kind);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const found = Array.isArray(value) ? "array" : typeof value;
    throw unrecognized(expected.kind, `json: cannot unmarshal ${found} into Go value of type struct`);
  }
  const { kind = expected.kind, apiVersion = expected.apiVersion } = value as Partial<KubeObject>;
  requireKind({ kind: kind || expected.kind, apiVersion: apiVersion || expected.apiVersion }, expected);
  const metadata = (value as { readonly metadata?: unknown }).metadata ?? {};
  if (typeof metadata !== "object" || Array.isArray(metadata)) {
    throw badRequest(
      `${expected.kind} in version ${quote(versionOf(expected.apiVersion))} cannot be handled as a ${expected.kind}: metadata is no object`,
    );
  }
  return {
    ...(value as KubeObject),
    kind: expected.kind,
    apiVersion: expected.apiVersion,
    metadata: metadata as KubeObject["metadata"],
  };
}

function requireKind({ kind, apiVersion }: ExpectedKind, expected: ExpectedKind): void {
  if (kind === expected.kind && apiVersion === expected.apiVersion) return;
  throw badRequest(
    `${kind} in version ${quote(versionOf(String(apiVersion)))} cannot be handled as a ${expected.kind}: no kind ${quote(String(kind))} is served here in version ${quote(String(apiVersion))}`,
  );
}

/** `apps/v1` -> `v1` */
function versionOf(apiVersion: string): string {
  return apiVersion.split("/").at(-1) ?? "";
}

function parseJson(text: string, kind: string): unknown {
  if (text === "") throw unrecognized(kind, "unexpected end of JSON input (<empty>)");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unrecognized(kind, `unexpected JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function unrecognized(kind: string, why: string): Error {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why}`,
  );
}
