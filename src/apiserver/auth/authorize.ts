/** Authorization: the one place that decides whether a user may do what a request asks. */
import { ApiStatusError, forbidden, unauthorized } from "../errors.ts";
import type { RequestTarget } from "../request/request-path.ts";
import type { Authorizer } from "./authorizer.ts";
import { attributesOf, type RequestAttributes, refusalText } from "./request-attributes.ts";
import type { User } from "./user.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly target: RequestTarget;
  /** The connection becomes a stream of bytes: exec, attach, port-forward. */
  readonly upgrades?: boolean;
}

const openPaths: readonly string[] = ["healthz", "livez", "readyz", "version"];

/** Throws Unauthorized, Forbidden. Health and version are for everybody, whatever the roles say: probes have no credentials. */
export function authorize(authorizer: Authorizer, user: User | undefined, asked: Asked): void {
  const { method, path, query, target, upgrades = false } = asked;
  if (target.kind === "other" && openPaths.includes(target.segments[0] ?? "")) return;
  if (!user) throw unauthorized();
  const attributes = attributesOf(method, path, query, target);
  demand(authorizer, user, attributes);
  // A stream changes what runs in the pod: reading rights alone do not open one, as in kube-apiserver since v1.35.
  if (upgrades && attributes.kind === "resource" && attributes.verb !== "create") {
    demand(authorizer, user, { ...attributes, verb: "create" });
  }
}

/** Throws Forbidden. */
export function demand(authorizer: Authorizer, user: User, attributes: RequestAttributes): void {
  const { allowed, reason } = authorizer.decide(user, attributes);
  if (allowed) return;
  const text = refusalText(user.name, attributes);
  const why = reason === "" ? text : `${text}: ${reason}`;
  if (attributes.kind === "path") throw new ApiStatusError(403, "Forbidden", `forbidden: ${why}`, {});
  const { group, resource: plural, name } = attributes;
  throw forbidden({ group, plural }, name, why);
}
