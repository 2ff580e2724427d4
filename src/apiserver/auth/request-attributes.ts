/** RequestAttributes: what a request asks leave for, in the terms that rules are written in (apiserver request.RequestInfo). */
import { parseBoolean } from "../request/query-options.ts";
import type { RequestTarget, ResourceTarget } from "../request/request-path.ts";

export interface ResourceAttributes {
  readonly kind: "resource";
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** "" for the resource itself. */
  readonly subresource: string;
  /** "" at the cluster scope, and for all namespaces. */
  readonly namespace: string;
  /** "" for collections. */
  readonly name: string;
}

export type RequestAttributes =
  | ResourceAttributes
  | { readonly kind: "path"; readonly verb: string; readonly path: string };

export function attributesOf(
  method: string,
  path: string,
  query: URLSearchParams,
  target: RequestTarget,
): RequestAttributes {
  if (target.kind !== "resource") return { kind: "path", verb: method.toLowerCase(), path };
  const { group, plural: resource, subresource = "" } = target;
  const name = target.name ?? selectedName(method, query);
  const verb = verbOf(method, query, target.name !== undefined);
  return { kind: "resource", verb, group, resource, subresource, namespace: namespaceOf(target), name };
}

/** A namespace is in itself: a binding in it may give leave to read it. */
function namespaceOf({ group, plural, namespace, name }: ResourceTarget): string {
  return namespace ?? (group === "" && plural === "namespaces" ? (name ?? "") : "");
}

function verbOf(method: string, query: URLSearchParams, isNamed: boolean): string {
  switch (method) {
    case "GET":
    case "HEAD":
      if (parseBoolean(query, "watch")) return "watch";
      return isNamed ? "get" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return isNamed ? "delete" : "deletecollection";
    default:
      return method.toLowerCase();
  }
}

/** A list or watch of one object by its name is as good as naming it. */
function selectedName(method: string, query: URLSearchParams): string {
  if (method !== "GET") return "";
  return /^metadata\.name==?([^,=!]+)$/.exec(query.get("fieldSelector") ?? "")?.[1] ?? "";
}

/** `User "x" cannot list resource "pods/log" in API group "" in the namespace "default"` (handlers/responsewriters). */
export function refusalText(user: string, attributes: RequestAttributes): string {
  const who = `User ${JSON.stringify(user)} cannot ${attributes.verb}`;
  if (attributes.kind === "path") return `${who} path ${JSON.stringify(attributes.path)}`;
  const { group, resource, subresource, namespace } = attributes;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
}
