/** /openapi/v2 and /openapi/v3: loaded when somebody first asks, because only kubectl and tools do. */
import { methodNotAllowed } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { OpenApiDocuments } from "../openapi/index.ts";
import type { KindRegistry } from "../registry/served-kind.ts";
import type { RequestTarget } from "../request/request-path.ts";

const documentsOf = new WeakMap<KindRegistry, OpenApiDocuments>();

/** Resolves with undefined for other paths. Throws NotFound, NotAcceptable. */
export async function handleOpenApi(
  kinds: KindRegistry,
  { message, method, query }: ApiRequest,
  target: RequestTarget,
): Promise<Answer | undefined> {
  if (target.kind !== "other" || target.segments[0] !== "openapi") return undefined;
  if (method !== "GET") throw methodNotAllowed();
  const path = target.segments.slice(1).join("/");
  if (path === "v2" && wantsProtobufOnly(message.headers.accept)) return emptyProtobufDocument;
  const { createOpenApiDocuments, openApiAnswer } = await import("../openapi/index.ts");
  const documents =
    documentsOf.get(kinds) ?? createOpenApiDocuments(kinds.all.map(({ definition }) => definition));
  documentsOf.set(kinds, documents);
  return {
    status: 200,
    ...(await openApiAnswer(documents, path, message.headers.accept, query.has("hash"))),
  };
}

/** Asked for with "@" for "." too, which is no valid media type. */
const protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

function wantsProtobufOnly(accept = ""): boolean {
  return accept.includes("proto-openapi") && !accept.includes("json");
}

/**
 * kubectl asks for version 2, in protobuf alone, when version 3 does not have a kind (List, or a misspelt one), to validate it itself.
 * A document without kinds leaves that to the server. Fields of gnostic's Document: swagger, info {title, version}, paths.
 */
const emptyProtobufDocument: Answer = {
  status: 200,
  body: "\x0a\x032.0\x12\x15\x0a\x0aKubernetes\x12\x07v1.36.2\x42\x00",
  contentType: protobufType,
};
