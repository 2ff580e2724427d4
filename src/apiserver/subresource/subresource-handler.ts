/** Requests for subresources. */
import type { ServerResponse } from "node:http";
import { methodNotAllowed, noSuchPath } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { handleGet } from "../http/read-handler.ts";
import type { ObjectTarget } from "../http/resource-handler.ts";
import { handlePatch, handleUpdate, type Part } from "../http/write-handler.ts";
import type { Registry } from "../registry/registry.ts";
import type { ResourceTarget } from "../request/request-path.ts";
import { handleBinding } from "./binding.ts";
import { handleEviction } from "./eviction.ts";
import type { NodeConnector } from "./node-connector.ts";
import { handleLog } from "./pod-log.ts";
import { handleProxy, isProxied } from "./proxy.ts";
import { handleScale } from "./scale.ts";

type Handler = (registry: Registry, request: ApiRequest, target: ObjectTarget) => Promise<Answer | undefined>;

const handlers: Readonly<Record<string, Handler>> = {
  "pods/binding": handleBinding,
  "pods/eviction": handleEviction,
  "deployments/scale": handleScale,
  "replicasets/scale": handleScale,
};

/** Resolves with undefined when the answer was sent on the way. Throws NotFound for what the kind does not have. */
export async function handleSubresource(
  registry: Registry,
  nodes: NodeConnector,
  request: ApiRequest,
  response: ServerResponse,
  target: ResourceTarget,
): Promise<Answer | undefined> {
  if (isProxied(target)) return handleProxy(registry, nodes, request, response, target);
  const object = subresourceTarget(registry, target);
  const { subresource = "" } = target;
  if (target.rest.length > 0) throw noSuchPath();
  const path = `${target.plural}/${subresource}`;
  if (path === "pods/log") return handleLog(registry, nodes, request, response, object);
  const handler = handlers[path];
  if (handler) return handler(registry, request, object);
  const definition = object.kind.definition.parts?.[subresource];
  if (!definition) throw noSuchPath();
  return handlePart(registry, request, object, { name: subresource, definition });
}

/** The object that a subresource belongs to. Throws NotFound for a kind or place that is not served. */
export function subresourceTarget(registry: Registry, target: ResourceTarget): ObjectTarget {
  const { group, version, plural, namespace, name } = target;
  const kind = registry.kinds.find(group, version, plural);
  if (!kind || name === undefined || kind.definition.namespaced !== (namespace !== undefined))
    throw noSuchPath();
  return { kind, namespace, name };
}

function handlePart(
  registry: Registry,
  request: ApiRequest,
  target: ObjectTarget,
  part: Part,
): Promise<Answer> {
  switch (part.name === "finalize" && request.method !== "PUT" ? "" : request.method) {
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
