/** Discovery: which groups, versions and kinds there are (meta/v1 and the aggregated form of apidiscovery.k8s.io/v2). */
import { methodNotAllowed, noSuchPath } from "../errors.ts";
import { type Answer, jsonAnswer, textAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { Registry } from "../registry/registry.ts";
import { groupVersion, type ServedKind } from "../registry/served-kind.ts";
import type { RequestTarget } from "../request/request-path.ts";
import { chooseForm, representationsNotAcceptable } from "../response/accept.ts";
import { groupDiscoveryList } from "./aggregated-discovery.ts";
import { resourceList } from "./resource-list.ts";

/** undefined for paths that are not discovery's. Throws NotFound, NotAcceptable. */
export function handleDiscovery(
  registry: Registry,
  request: ApiRequest,
  target: RequestTarget,
): Answer | undefined {
  if (target.kind === "resource") return undefined;
  if (target.kind === "other") return target.segments.length === 0 ? rootPaths(registry) : undefined;
  if (target.kind === "group" && !registry.kinds.hasGroup(target.group)) {
    return textAnswer(404, "404 page not found\n");
  }
  if (target.kind === "resources" && !registry.kinds.hasGroup(target.group)) {
    return textAnswer(404, "404 page not found\n");
  }
  if (request.method !== "GET") throw methodNotAllowed();
  const isIndex = target.kind === "versions" || target.kind === "groups";
  const accepted = chooseForm(request.message.headers.accept, isIndex ? ["APIGroupDiscoveryList"] : []);
  if (!accepted) throw representationsNotAcceptable();
  const { encoding, conversion } = accepted;
  const { all } = registry.kinds;
  if (conversion && isIndex) {
    const kinds = all.filter(({ definition }) => (definition.group === "") === (target.kind === "versions"));
    return {
      status: 200,
      body: JSON.stringify(groupDiscoveryList(kinds)),
      contentType: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
      headers: { Vary: "Accept" },
    };
  }
  return jsonAnswer(200, discoveryDocument(registry, request, target), encoding);
}

function discoveryDocument(
  registry: Registry,
  { message }: ApiRequest,
  target: Exclude<RequestTarget, { readonly kind: "resource" | "other" }>,
): unknown {
  const { all } = registry.kinds;
  switch (target.kind) {
    case "versions":
      return {
        kind: "APIVersions",
        versions: ["v1"],
        serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: message.headers.host ?? "" }],
      };
    case "groups":
      return {
        kind: "APIGroupList",
        apiVersion: "v1",
        groups: groupNames(all).map((name) => groupDocument(all, name)),
      };
    case "group":
      return { kind: "APIGroup", apiVersion: "v1", ...groupDocument(all, target.group) };
    case "resources": {
      const kinds = all.filter(({ apiVersion }) => apiVersion === groupVersion(target));
      if (kinds.length === 0) throw noSuchPath();
      return resourceList(groupVersion(target), kinds);
    }
  }
}

/** The named groups, without the core group. */
function groupNames(kinds: readonly ServedKind[]): readonly string[] {
  return [...new Set(kinds.map(({ definition }) => definition.group))].filter((name) => name !== "");
}

function groupDocument(kinds: readonly ServedKind[], name: string): object {
  const versions = [
    ...new Set(
      kinds.filter(({ definition }) => definition.group === name).map(({ definition }) => definition.version),
    ),
  ].map((version) => ({ groupVersion: groupVersion({ group: name, version }), version }));
  return { name, versions, preferredVersion: versions[0] };
}

function rootPaths({ kinds }: Registry): Answer {
  const groups = groupNames(kinds.all).map((name) => `/apis/${name}`);
  const versions = [...new Set(kinds.all.map(({ apiVersion }) => apiVersion))]
    .filter((version) => version.includes("/"))
    .map((version) => `/apis/${version}`);
  const other = ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"];
  return jsonAnswer(200, { paths: [...other, ...groups, ...versions].sort() });
}
