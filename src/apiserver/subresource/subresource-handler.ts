/** Requests for subresources. */
import type { ServerResponse } from "node:http";
import { methodNotAllowed, noSuchPath } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { handleGet } from "../http/read-handler.ts";
import type { ObjectTarget } from "../http/resource-handler.ts";
import { handlePatch, handleUpdate } from "../http/write-handler.ts";
import type { Registry } from "../registry/registry.ts";
import type { ResourceTarget } from "../request/request-path.ts";

/** Resolves with undefined when the answer was sent on the way. Throws NotFound for what the kind does not have. */
export async function handleSubresource(
  registry: Registry,
  request: ApiRequest,
  _response: ServerResponse,
  target: ResourceTarget,
): Promise<Answer | undefined> {
  const { group, version, plural, namespace, name, subresource = "" } = target;
  const kind = registry.kinds.find(group, version, plural);
  if (!kind || name === undefined || kind.definition.namespaced !== (namespace !== undefined))
    throw noSuchPath();
  const object: ObjectTarget = { kind, namespace, name };
  const definition = kind.definition.parts?.[subresource];
  if (!definition) throw noSuchPath();
  return handlePart(registry, request, object, { name: subresource, definition });
}

type Part = NonNullable<Parameters<typeof handleUpdate>[3]>;

function handlePart(
  registry: Registry,
  request: ApiRequest,
  target: ObjectTarget,
  part: Part,
): Promise<Answer> {
  switch (request.method) {
    case "GET":
      return handleGet(registry, request, target);
    case "PUT":
      return handleUpdate(registry, request, target, part);
    case "PATCH":
      return handlePatch(registry, request, target, part);
    default:
      throw methodNotAllowed();
  }
}
