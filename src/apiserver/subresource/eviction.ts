/** pods/eviction, policy/v1: a deletion that `kubectl drain` asks for. There are no disruption budgets that could refuse it. */
import type { KubeObject } from "../../api/meta.ts";
import { badRequest, methodNotAllowed } from "../errors.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { ObjectTarget } from "../http/resource-handler.ts";
import { jsonBody } from "../http/write-handler.ts";
import type { Registry } from "../registry/registry.ts";
import { parseDeleteOptions } from "../request/delete-options.ts";
import { decodeSent } from "../verbs/decode-draft.ts";
import { deleteObject } from "../verbs/delete-object.ts";

interface Eviction extends KubeObject {
  readonly deleteOptions?: object;
}

const evictionKind = {
  kind: "Eviction",
  apiVersion: "policy/v1",
  schema: "io.k8s.api.policy.v1.Eviction",
} as const;

export async function handleEviction(
  registry: Registry,
  request: ApiRequest,
  { kind, namespace, name }: ObjectTarget,
): Promise<Answer> {
  if (request.method !== "POST") throw methodNotAllowed();
  const eviction = decodeSent(evictionKind, await jsonBody(request, evictionKind)) as Eviction;
  if (eviction.metadata.name && eviction.metadata.name !== name) {
    throw badRequest(
      `name in URL does not match name in Eviction object: "${name}" vs "${eviction.metadata.name}"`,
    );
  }
  const options = parseDeleteOptions(request.query, eviction.deleteOptions ?? {});
  const isDryRun = request.query.getAll("dryRun").includes("All");
  await deleteObject(registry, kind, { namespace, name }, { ...options, dryRun: options.dryRun || isDryRun });
  return jsonAnswer(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}
