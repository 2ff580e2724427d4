/** One request: who asks, may they, what for; then the answer, or the Status that says why not. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { rbacGroup } from "../../api/rbac/rbac.ts";
import { StoreError } from "../../store/index.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { auditRequest } from "../audit/audit-request.ts";
import { answerReview, isReview } from "../auth/access-reviews.ts";
import type { Authenticate } from "../auth/authenticate.ts";
import { authorize } from "../auth/authorize.ts";
import type { Authorizer } from "../auth/authorizer.ts";
import { guardEscalation } from "../auth/escalation.ts";
import { handleDiscovery } from "../discovery/discovery-handler.ts";
import { type HealthChecks, handleHealth } from "../discovery/health.ts";
import { handleOpenApi } from "../discovery/openapi-handler.ts";
import { isApiStatusError, noSuchPath } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { parseBoolean } from "../request/query-options.ts";
import { parseRequestPath, type ResourceTarget } from "../request/request-path.ts";
import { storeFailureStatus } from "../store-failure-status.ts";
import type { NodeConnector } from "../subresource/node-connector.ts";
import { handleSubresource } from "../subresource/subresource-handler.ts";
import { type Answer, sendAnswer, statusAnswer, textAnswer } from "./answer.ts";
import { type ApiRequest, wantsPretty } from "./api-request.ts";
import { handleResource } from "./resource-handler.ts";
import { handleWatch } from "./watch-handler.ts";

export interface RequestHandling {
  readonly registry: Registry;
  readonly nodes: NodeConnector;
  readonly health: HealthChecks;
  readonly authenticate: Authenticate;
  readonly authorizer: Authorizer;
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
  const request: ApiRequest = {
    message,
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(search),
    user: handling.authenticate(message),
    signal: AbortSignal.any([gone.signal, handling.closing]),
    warn: (text) => warnings.push(text),
  };
  if (handling.audit) {
    const { log } = handling.registry;
    auditRequest(handling.audit, message, { socket: response, outcome: response }, request.user, (error) =>
      log.error("Failed to write the audit log", { error: String(error) }),
    );
  }
  try {
    const answer = await answerRequest(handling, request, response);
    if (answer) await sendAnswer(message, response, answer, warnings, wantsPretty(request));
  } catch (error) {
    await sendAnswer(message, response, failure(handling, error, request), warnings, wantsPretty(request));
  }
}

/** Resolves with undefined when the handler has sent its answer itself. */
async function answerRequest(
  handling: RequestHandling,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const target = parseRequestPath(request.path);
  const { registry, authorizer } = handling;
  authorize(authorizer, request.user, { ...request, target });
  if (target.kind === "resource") return answerResource(handling, request, response, target);
  const { log } = registry;
  const health = await handleHealth(handling.health, request, target, (check, error) =>
    log.warn("A health check failed", { check, error: String(error) }),
  );
  const answer = health ?? handleDiscovery(registry, request, target);
  return answer ?? (await handleOpenApi(registry.kinds, request, target)) ?? notServed();
}

async function answerResource(
  { registry, nodes, authorizer }: RequestHandling,
  request: ApiRequest,
  response: ServerResponse,
  target: ResourceTarget,
): Promise<Answer | undefined> {
  const { kinds } = registry;
  if (!kinds.hasGroup(target.group)) return notServed();
  if (isReview(target)) return answerReview(registry, authorizer, request, target);
  if (target.subresource !== undefined) return handleSubresource(registry, nodes, request, response, target);
  const kind = kinds.find(target.group, target.version, target.plural);
  if (kind) warnOfDeprecation(kind, request);
  if (kind && request.method === "GET" && parseBoolean(request.query, "watch")) {
    requirePlace(kind.definition.namespaced, target);
    await handleWatch(registry, withName(request, target), response, kind, target.namespace);
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

function requirePlace(namespaced: boolean, { namespace, name }: ResourceTarget): void {
  if (!namespaced && namespace !== undefined) throw noSuchPath();
  if (namespaced && namespace === undefined && name !== undefined) throw noSuchPath();
}

/** `?watch=1` on one object is a watch of the collection for its name. */
function withName(request: ApiRequest, { name }: ResourceTarget): ApiRequest {
  if (name === undefined) return request;
  const query = new URLSearchParams(request.query);
  query.set("fieldSelector", `metadata.name=${name}`);
  return { ...request, query };
}

function notServed(): Answer {
  return textAnswer(404, "404 page not found\n");
}

function failure({ registry }: RequestHandling, error: unknown, { method, path }: ApiRequest): Answer {
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
