/** The questions about access: who am I, may I, may he, what may I. Answered from the roles, stored nowhere. */
import type { KubeObject } from "../../api/meta.ts";
import type { PolicyRule } from "../../api/rbac/rbac.ts";
import { authenticationGroup, authorizationGroup } from "../../api/rbac/review-definitions.ts";
import { badRequest, invalid, methodNotAllowed, noSuchPath } from "../errors.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { jsonBody } from "../http/write-handler.ts";
import type { Registry } from "../registry/registry.ts";
import type { ResourceTarget } from "../request/request-path.ts";
import { decodeSent } from "../verbs/decode-draft.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Authorizer } from "./authorizer.ts";
import type { RequestAttributes } from "./request-attributes.ts";
import { type User, userInfo } from "./user.ts";

interface ReviewSpec {
  readonly resourceAttributes?: Readonly<Partial<Record<string, string>>>;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly namespace?: string;
  readonly token?: string;
  readonly audiences?: readonly string[] | null;
}

interface Review extends KubeObject {
  readonly spec?: ReviewSpec;
}

export function isReview({ group }: ResourceTarget): boolean {
  return group === authorizationGroup || group === authenticationGroup;
}

export interface ReviewContext {
  readonly registry: Registry;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
}

/** Throws NotFound, MethodNotAllowed, BadRequest, Invalid. */
export async function answerReview(
  { registry, authenticator, authorizer }: ReviewContext,
  request: ApiRequest,
  target: ResourceTarget,
): Promise<Answer> {
  const kind = registry.kinds.find(target.group, target.version, target.plural);
  const isPlaced = kind?.definition.namespaced === (target.namespace !== undefined);
  if (!kind || !isPlaced || target.subresource !== undefined) throw noSuchPath();
  if (request.method !== "POST" || target.name !== undefined || !request.user) throw methodNotAllowed();
  const sent = { kind: kind.kind, apiVersion: kind.apiVersion, schema: kind.definition.schema };
  const review = decodeSent(sent, await jsonBody(request, kind)) as Review;
  const status =
    kind.kind === "TokenReview"
      ? await tokenStatus(authenticator, review)
      : reviewStatus(authorizer, request.user, review, target);
  const metadata = {
    ...review.metadata,
    ...(kind.kind === "SelfSubjectReview" ? { creationTimestamp: null } : {}),
  };
  return jsonAnswer(201, { ...review, kind: kind.kind, apiVersion: kind.apiVersion, metadata, status });
}

/** Whose a token is; the answer never says why it is nobody's. */
async function tokenStatus(authenticator: Authenticator, { spec = {} }: Review): Promise<object> {
  const { token = "", audiences } = spec;
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const owner = await authenticator.token(token, audiences ?? []);
  if (!owner) return { user: {}, error: "[invalid bearer token, token lookup failed]" };
  return { authenticated: true, user: userInfo(owner.user), audiences: owner.audiences };
}

function reviewStatus(
  authorizer: Authorizer,
  user: User,
  { spec = {} }: Review,
  { plural, namespace }: ResourceTarget,
): object {
  switch (plural) {
    case "selfsubjectreviews":
      return { userInfo: userInfo(user) };
    case "selfsubjectrulesreviews":
      return rulesStatus(authorizer, user, spec.namespace ?? "");
    case "selfsubjectaccessreviews":
      return accessStatus(authorizer, user, spec, "SelfSubjectAccessReview");
    default: {
      const kind = namespace === undefined ? "SubjectAccessReview" : "LocalSubjectAccessReview";
      if (namespace !== undefined && spec.resourceAttributes?.namespace !== namespace) {
        throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
      }
      if (!spec.user && (spec.groups ?? []).length === 0) {
        throw invalidReview(kind, "spec.user", "at least one of user or group must be specified");
      }
      const asked = { name: spec.user ?? "", uid: spec.uid ?? "", groups: spec.groups ?? [] };
      return accessStatus(authorizer, asked, spec, kind);
    }
  }
}

function accessStatus(authorizer: Authorizer, user: User, spec: ReviewSpec, kind: string): object {
  const { allowed, reason } = authorizer.decide(user, attributesOfSpec(spec, kind));
  return { allowed, ...(reason === "" ? {} : { reason }) };
}

function attributesOfSpec(
  { resourceAttributes: resource, nonResourceAttributes: path }: ReviewSpec,
  kind: string,
): RequestAttributes {
  if (Boolean(resource) === Boolean(path)) {
    const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    throw invalidReview(kind, "spec.resourceAttributes", detail);
  }
  if (path) return { kind: "path", verb: path.verb ?? "", path: path.path ?? "" };
  const { verb = "", group = "", subresource = "", namespace = "", name = "" } = resource ?? {};
  return { kind: "resource", verb, group, resource: resource?.resource ?? "", subresource, namespace, name };
}

function invalidReview(kind: string, field: string, detail: string): Error {
  return invalid({ group: authorizationGroup, kind }, "", [
    { type: "Invalid", field, value: "null", detail },
  ]);
}

function rulesStatus(authorizer: Authorizer, user: User, namespace: string): object {
  const { rules, problems } = authorizer.rulesFor(user, namespace);
  const isPath = ({ nonResourceURLs = [] }: PolicyRule) => nonResourceURLs.length > 0;
  return {
    resourceRules: rules.filter((rule) => !isPath(rule)),
    nonResourceRules: rules.filter(isPath),
    incomplete: false,
    ...(problems.length > 0 ? { evaluationError: problems.join(", ") } : {}),
  };
}
