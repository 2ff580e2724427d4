/** Answers to GET /openapi/…: JSON only; whoever wants protobuf alone is told so, and falls back. */
import { noSuchPath, notAcceptable } from "../errors.ts";
import type { OpenApiDocuments } from "./openapi-documents.ts";

export interface OpenApiAnswer {
  readonly body: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
}

const jsonTypes: readonly string[] = ["application/json", "application/*", "*/*", ""];
const oneYear = "public, immutable, max-age=31536000";

/**
 * `path` is below /openapi: `v2`, `v3`, `v3/apis/apps/v1`. `hasHash`: the client asks for one state of the document, which
 * it may keep. Throws NotFound, NotAcceptable.
 */
export async function openApiAnswer(
  documents: OpenApiDocuments,
  path: string,
  accept: string | undefined,
  hasHash: boolean,
): Promise<OpenApiAnswer> {
  const body = await documentAt(documents, path);
  if (body === undefined) throw noSuchPath();
  if (!acceptsJson(accept)) throw notAcceptable(["application/json"]);
  const headers = hasHash ? { "Cache-Control": oneYear, Vary: "Accept" } : { Vary: "Accept" };
  return { body, contentType: "application/json", headers };
}

async function documentAt(documents: OpenApiDocuments, path: string): Promise<string | undefined> {
  if (path === "v2") return await documents.version2();
  if (path === "v3") return await documents.index();
  return path.startsWith("v3/") ? await documents.groupVersion(path.slice("v3/".length)) : undefined;
}

function acceptsJson(accept = ""): boolean {
  return accept
    .split(",")
    .some((range) => jsonTypes.includes(range.split(";")[0]?.trim().toLowerCase() ?? ""));
}
