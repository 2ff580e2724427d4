/** What a URL path of the Kubernetes API names. The grammar is regular, so a split on "/" is all the routing there is. */

export interface ResourceTarget {
  readonly kind: "resource";
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What follows the subresource: the path that is proxied. */
  readonly rest: readonly string[];
}

export type RequestTarget =
  | ResourceTarget
  /** `/api` */
  | { readonly kind: "versions" }
  /** `/apis` */
  | { readonly kind: "groups" }
  /** `/apis/GROUP` */
  | { readonly kind: "group"; readonly group: string }
  /** `/api/v1` and `/apis/GROUP/VERSION` */
  | { readonly kind: "resources"; readonly group: string; readonly version: string }
  | { readonly kind: "other"; readonly segments: readonly string[] };

/** `/api/v1/namespaces/a/services/b/status` -> services "b" in "a", subresource status. */
export function parseRequestPath(path: string): RequestTarget {
  const segments = path.split("/").filter((segment) => segment !== "");
  const decoded = segments.map(decodeSegment);
  if (decoded[0] === "api") {
    const [, version, ...rest] = decoded;
    return version === undefined ? { kind: "versions" } : parseVersioned("", version, rest);
  }
  if (decoded[0] === "apis") {
    const [, group, version, ...rest] = decoded;
    if (group === undefined) return { kind: "groups" };
    return version === undefined ? { kind: "group", group } : parseVersioned(group, version, rest);
  }
  return { kind: "other", segments: decoded };
}

/** Subresources of a namespace itself; any other third segment is a kind of object in it. */
const namespaceSubresources: readonly string[] = ["status", "finalize"];

function parseVersioned(group: string, version: string, segments: readonly string[]): RequestTarget {
  const [first, second, third] = segments;
  if (first === undefined) return { kind: "resources", group, version };
  const inNamespace =
    first === "namespaces" &&
    second !== undefined &&
    third !== undefined &&
    !namespaceSubresources.includes(third);
  const [plural = "", name, subresource, ...rest] = inNamespace ? segments.slice(2) : segments;
  return {
    kind: "resource",
    group,
    version,
    plural,
    ...(inNamespace ? { namespace: second } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    rest,
  };
}

/** A segment that is no valid percent-encoding stays as it is: nothing has that name. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
