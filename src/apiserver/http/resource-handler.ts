/** Requests for objects: method and path become a verb. */
import type { Verb } from "../../api/resource-definition.ts";
import { methodNotAllowed, noSuchPath } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ResourceTarget } from "../request/request-path.ts";
import type { Answer } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import { handleDelete, handleDeleteCollection } from "./delete-handler.ts";
import { handleGet, handleList } from "./read-handler.ts";
import { handleCreate, handlePatch, handleUpdate } from "./write-handler.ts";

export interface ObjectTarget {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Throws ApiStatusError: NotFound for a kind or place that is not served, MethodNotAllowed. */
export function handleResource(
  registry: Registry,
  request: ApiRequest,
  target: ResourceTarget,
): Promise<Answer> {
  const kind = registry.kinds.find(target.group, target.version, target.plural);
  if (!kind) throw noSuchPath();
  const { namespaced, verbs } = kind.definition;
  const { namespace, name } = target;
  if (!namespaced && namespace !== undefined) throw noSuchPath();
  if (namespaced && namespace === undefined && name !== undefined) throw noSuchPath();
  const verb = verbOf(request.method, name !== undefined);
  if (verb === undefined || !verbs.includes(verb)) throw methodNotAllowed();
  if (verb === "create" && namespaced && namespace === undefined) throw methodNotAllowed();
  return name === undefined
    ? handleCollection(registry, request, kind, namespace, verb)
    : handleObject(registry, request, { kind, namespace, name }, verb);
}

const collectionVerbs: Readonly<Record<string, Verb>> = {
  GET: "list",
  POST: "create",
  DELETE: "deletecollection",
};
const objectVerbs: Readonly<Record<string, Verb>> = {
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

function verbOf(method: string, isObject: boolean): Verb | undefined {
  return (isObject ? objectVerbs : collectionVerbs)[method];
}

function handleCollection(
  registry: Registry,
  request: ApiRequest,
  kind: ServedKind,
  namespace: string | undefined,
  verb: Verb,
): Promise<Answer> {
  switch (verb) {
    case "list":
      return handleList(registry, request, kind, namespace);
    case "create":
      return handleCreate(registry, request, kind, namespace);
    case "deletecollection":
      return handleDeleteCollection(registry, request, kind, namespace);
    default:
      throw methodNotAllowed();
  }
}

function handleObject(
  registry: Registry,
  request: ApiRequest,
  target: ObjectTarget,
  verb: Verb,
): Promise<Answer> {
  switch (verb) {
    case "get":
      return handleGet(registry, request, target);
    case "update":
      return handleUpdate(registry, request, target, undefined);
    case "patch":
      return handlePatch(registry, request, target, undefined);
    case "delete":
      return handleDelete(registry, request, target);
    default:
      throw methodNotAllowed();
  }
}
