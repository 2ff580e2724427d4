/** One request: who asks, may they, what for; then the answer, or the Status that says why not. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { rbacGroup } from "../../api/rbac/rbac.ts";
import { StoreError } from "../../store/index.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { auditRequest } from "../audit/audit-request.ts";
import { answerReview, isReview } from "../auth/access-reviews.ts";
import type { Authenticator } from "../auth/authenticate.ts";
import { authorize } from "../auth/authorize.ts";
import type { Authorizer } from "../auth/authorizer.ts";
import { guardEscalation } from "../auth/escalation.ts";
import { identifyUser } from "../auth/identify-user.ts";
import { restrictNode } from "../auth/node-restriction.ts";
import { attributesOf } from "../auth/request-attributes.ts";
import type { ServiceAccountTokens } from "../auth/service-account/service-account-tokens.ts";
import { handleTokenRequest, isTokenRequest } from "../auth/service-account/token-request.ts";
import type { User } from "../auth/user.ts";
import { handleDiscovery } from "../discovery/discovery-handler.ts";
import { type HealthChecks, handleHealth } from "../discovery/health.ts";
import { handleIssuerDiscovery } from "../discovery/issuer-discovery.ts";
import { handleOpenApi } from "../discovery/openapi-handler.ts";
import { isApiStatusError } from "../errors.ts";
import { type RequestsInFlight, tooManyRequests } from "../limits/requests-in-flight.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { parseBoolean } from "../request/query-options.ts";
import { parseRequestPath, type RequestTarget, type ResourceTarget } from "../request/request-path.ts";
import { storeFailureStatus } from "../store-failure-status.ts";
import type { NodeConnector } from "../subresource/node-connector.ts";
import { handleSubresource } from "../subresource/subresource-handler.ts";
import { watchedQuery } from "../watch/watched-query.ts";
import { type Answer, sendAnswer, statusAnswer, textAnswer } from "./answer.ts";
import { type ApiRequest, wantsPretty } from "./api-request.ts";
import { handleResource } from "./resource-handler.ts";
import { handleWatch } from "./watch-handler.ts";

export interface RequestHandling {
  readonly registry: Registry;
  readonly nodes: NodeConnector;
  readonly health: HealthChecks;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly tokens: ServiceAccountTokens;
  readonly inFlight: RequestsInFlight;
  /** Nothing is written down if absent. */
  readonly audit?: AuditLog;
  /** Fires when the server closes. */
  readonly closing: AbortSignal;
}

/** Never rejects: whatever goes wrong is answered, or the connection is closed. */
export async function handleRequest(
  handling: RequestHandling,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const warnings: string[] = [];
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const [path = "/", search = ""] = splitOnce(message.url ?? "/", "?");
  const request: Omit<ApiRequest, "user"> = {
    message,
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(search),
    signal: AbortSignal.any([gone.signal, handling.closing]),
    warn: (text) => warnings.push(text),
  };
  try {
    const user = await identify(handling, request, response);
    const answer = await answerInTurn(handling, { ...request, user }, response);
    if (answer) await sendAnswer(message, response, answer, warnings, wantsPretty(request));
  } catch (error) {
    await sendAnswer(message, response, failure(handling, error, request), warnings, wantsPretty(request));
  }
}

async function identify(
  { registry, authenticator, authorizer, audit }: RequestHandling,
  { message }: Pick<ApiRequest, "message">,
  response: ServerResponse,
): Promise<User | undefined> {
  const identity = await identifyUser(authenticator, authorizer, message);
  const users = { user: identity.authenticated, actingAs: undefined as User | undefined };
  if (audit) {
    auditRequest(audit, message, { socket: response, outcome: response }, users, (error) =>
      registry.log.error("Failed to write the audit log", { error: String(error) }),
    );
  }
  const user = identity.actingUser();
  if (user !== identity.authenticated) users.actingAs = user;
  return user;
}

/** Resolves with undefined when the handler has sent its answer itself. */
async function answerInTurn(
  handling: RequestHandling,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const { method, path, query, user } = request;
  const target = parseRequestPath(path);
  const end = handling.inFlight.begin(user, attributesOf(method, path, query, target));
  if (!end) return tooManyRequests;
  try {
    return await answerRequest(handling, request, response, target);
  } finally {
    end();
  }
}

async function answerRequest(
  handling: RequestHandling,
  request: ApiRequest,
  response: ServerResponse,
  target: RequestTarget,
): Promise<Answer | undefined> {
  const { registry, authorizer, tokens } = handling;
  authorize(authorizer, request.user, { ...request, target });
  if (target.kind === "resource") return answerResource(handling, request, response, target);
  const { log } = registry;
  const health = await handleHealth(handling.health, request, target, (check, error) =>
    log.warn("A health check failed", { check, error: String(error) }),
  );
  const { method, path, message } = request;
  const answer =
    health ??
    handleDiscovery(registry, request, target) ??
    handleIssuerDiscovery(tokens, { method, path, host: message.headers.host ?? "" }, target);
  return answer ?? (await handleOpenApi(registry.kinds, request, target)) ?? notServed();
}

async function answerResource(
  handling: RequestHandling,
  request: ApiRequest,
  response: ServerResponse,
  target: ResourceTarget,
): Promise<Answer | undefined> {
  const { nodes, authorizer, tokens } = handling;
  const { kinds } = handling.registry;
  if (!kinds.hasGroup(target.group)) return notServed();
  if (isReview(target)) return answerReview(handling, request, target);
  const registry = await restrictNode(handling.registry, request, target);
  if (isTokenRequest(target)) return handleTokenRequest(registry, tokens, request, target);
  if (target.subresource !== undefined) return handleSubresource(registry, nodes, request, response, target);
  const kind = kinds.find(target.group, target.version, target.plural);
  if (kind) warnOfDeprecation(kind, request);
  if (kind && request.method === "GET" && parseBoolean(request.query, "watch")) {
    const query = watchedQuery(request.query, kind.definition.namespaced, target);
    await handleWatch(registry, { ...request, query }, response, kind, target.namespace);
    return undefined;
  }
  const writesRoles = target.group === rbacGroup && request.method !== "GET" && request.user !== undefined;
  const guarded = writesRoles ? await guardEscalation(registry, authorizer, request.user) : registry;
  return handleResource(guarded, request, target);
}

/** Kinds that Kubernetes wants to be rid of say so in every answer. */
const deprecations: Readonly<Record<string, string>> = {
  "v1 Endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
};

function warnOfDeprecation({ apiVersion, kind }: ServedKind, request: ApiRequest): void {
  const warning = deprecations[`${apiVersion} ${kind}`];
  if (warning !== undefined) request.warn(warning);
}

function notServed(): Answer {
  return textAnswer(404, "404 page not found\n");
}

function failure(
  { registry }: RequestHandling,
  error: unknown,
  { method, path }: Pick<ApiRequest, "method" | "path">,
): Answer {
  if (isApiStatusError(error)) return statusAnswer(error.status);
  registry.log.error("Failed to answer a request", { method, path, error: errorText(error) });
  return statusAnswer(storeFailureStatus(error).status);
}

/** The state of the store needs no stack: what it says is meant for whoever runs the server. */
function errorText(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
