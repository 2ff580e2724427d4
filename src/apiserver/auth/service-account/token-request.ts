/** serviceaccounts/token: `kubectl create token` (kubernetes/pkg/registry/core/serviceaccount/storage/token.go). */
import type { FieldError } from "../../../api/field-error.ts";
import type { KubeObject } from "../../../api/meta.ts";
import type { Pod } from "../../../api/pod.ts";
import { authenticationGroup } from "../../../api/rbac/review-definitions.ts";
import { badRequest, conflict, invalid, methodNotAllowed, noSuchPath, notFound } from "../../errors.ts";
import { type Answer, jsonAnswer } from "../../http/answer.ts";
import type { ApiRequest } from "../../http/api-request.ts";
import { jsonBody } from "../../http/write-handler.ts";
import { type Registry, readObject } from "../../registry/registry.ts";
import { parseWriteOptions } from "../../request/query-options.ts";
import type { ResourceTarget } from "../../request/request-path.ts";
import { decodeSent } from "../../verbs/decode-draft.ts";
import { timestamp } from "../../verbs/write-context.ts";
import type { ServiceAccountTokens, TokenOrder } from "./service-account-tokens.ts";

interface BoundReference {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}

interface TokenRequest extends KubeObject {
  readonly spec?: {
    readonly audiences?: readonly string[] | null;
    readonly expirationSeconds?: number;
    readonly boundObjectRef?: BoundReference | null;
  };
}

const requestKind = {
  group: authenticationGroup,
  kind: "TokenRequest",
  apiVersion: "authentication.k8s.io/v1",
  schema: "io.k8s.api.authentication.v1.TokenRequest",
} as const;
const defaultSeconds = 3600;

export function isTokenRequest({ group, plural, subresource }: ResourceTarget): boolean {
  return group === "" && plural === "serviceaccounts" && subresource === "token";
}

/** Throws NotFound, BadRequest, Conflict, Invalid. */
export async function handleTokenRequest(
  registry: Registry,
  tokens: ServiceAccountTokens,
  request: ApiRequest,
  { namespace, name, version, rest }: ResourceTarget,
): Promise<Answer> {
  const kind = registry.kinds.find("", version, "serviceaccounts");
  if (!kind || namespace === undefined || name === undefined || rest.length > 0) throw noSuchPath();
  if (request.method !== "POST") throw methodNotAllowed();
  const { dryRun } = parseWriteOptions(request.query, "CreateOptions");
  const sent = decodeSent(requestKind, await jsonBody(request, requestKind)) as TokenRequest;
  const { boundObjectRef = null, expirationSeconds = defaultSeconds } = sent.spec ?? {};
  const errors = problems(sent, name, expirationSeconds);
  if (errors.length > 0) throw invalid(requestKind, name, errors);
  const account = await readObject(registry, kind, { namespace, name });
  if (!account) throw notFound(kind.storage, name);
  const bound = boundObjectRef ? await findBound(registry, namespace, name, boundObjectRef) : {};
  const named = sent.spec?.audiences ?? [];
  const audiences = named.length > 0 ? named : tokens.audiences;
  const issued = tokens.issue({ account: account.object, audiences, seconds: expirationSeconds, bound });
  return jsonAnswer(201, {
    kind: requestKind.kind,
    apiVersion: requestKind.apiVersion,
    metadata: { name, namespace, creationTimestamp: timestamp(registry.clock.now()) },
    spec: { audiences, expirationSeconds, boundObjectRef },
    status: { token: dryRun ? "" : issued.token, expirationTimestamp: timestamp(issued.expiresMs) },
  });
}

function problems({ metadata }: TokenRequest, name: string, seconds: number): readonly FieldError[] {
  const errors: FieldError[] = [];
  const field = "spec.expirationSeconds";
  const wrong = (detail: string) => errors.push({ type: "Invalid", field, value: seconds, detail });
  if (metadata?.name && metadata.name !== name) {
    const detail = "must match the service account name if specified";
    errors.push({ type: "Invalid", field: "metadata.name", value: metadata.name, detail });
  }
  if (seconds < 600) wrong("may not specify a duration less than 10 minutes");
  if (seconds > 2 ** 32) wrong("may not specify a duration larger than 2^32 seconds");
  return errors;
}

const boundPlurals: Readonly<Record<string, string>> = { Pod: "pods", Secret: "secrets", Node: "nodes" };

async function findBound(
  registry: Registry,
  namespace: string,
  account: string,
  ref: BoundReference,
): Promise<TokenOrder["bound"]> {
  const { kind = "", apiVersion = "", name = "", uid: wanted = "" } = ref;
  const plural = apiVersion === "v1" ? boundPlurals[kind] : undefined;
  const served = plural === undefined ? undefined : registry.kinds.find("", "v1", plural);
  if (!served)
    throw badRequest(
      `cannot bind token to object of type ${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`,
    );
  const place = served.definition.namespaced ? { namespace, name } : { name };
  const stored = await readObject(registry, served, place);
  if (!stored) throw notFound(served.storage, name);
  const { uid } = stored.object.metadata;
  if (wanted !== "" && wanted !== uid) {
    const why = `the UID in the bound object reference (${wanted}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict({ group: "", plural: kind }, name, why);
  }
  const found = { name, uid };
  if (kind === "Node") return { node: found };
  if (kind === "Secret") return { secret: found };
  const pod = stored.object as Pod;
  if (pod.spec.serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  }
  const node = await nodeOf(registry, pod.spec.nodeName);
  return { pod: found, ...(node ? { node } : {}) };
}

async function nodeOf(registry: Registry, name: string | undefined): Promise<TokenOrder["bound"]["node"]> {
  const nodes = registry.kinds.find("", "v1", "nodes");
  const node = name && nodes ? await readObject(registry, nodes, { name }) : undefined;
  return node && { name: node.object.metadata.name, uid: node.object.metadata.uid };
}
