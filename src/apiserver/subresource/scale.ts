/** Scale, autoscaling/v1: the number of replicas of a workload, read and written alone. */
import type { KubeObject, LabelSelector } from "../../api/meta.ts";
import { badRequest, invalid, methodNotAllowed, notFound } from "../errors.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { ObjectTarget } from "../http/resource-handler.ts";
import { jsonBody, writeContext } from "../http/write-handler.ts";
import { readPatch } from "../patch/index.ts";
import { type Registry, readObject, type StoredObject } from "../registry/registry.ts";
import { mediaType } from "../request/decode-object.ts";
import { parseWriteOptions } from "../request/query-options.ts";
import { readBody } from "../request/read-body.ts";
import { decodeSent } from "../verbs/decode-draft.ts";
import { updateObject } from "../verbs/update-object.ts";

export interface Scale extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

interface Scalable extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly selector?: LabelSelector };
  readonly status?: { readonly replicas?: number };
}

const scaleKind = {
  group: "autoscaling",
  kind: "Scale",
  apiVersion: "autoscaling/v1",
  schema: "io.k8s.api.autoscaling.v1.Scale",
} as const;

export async function handleScale(
  registry: Registry,
  request: ApiRequest,
  target: ObjectTarget,
): Promise<Answer> {
  switch (request.method) {
    case "GET":
      return readScale(registry, target);
    case "PUT": {
      const sent = decodeSent(scaleKind, await jsonBody(request, scaleKind)) as Scale;
      return writeScale(registry, request, target, "UpdateOptions", () => sent);
    }
    case "PATCH": {
      const body = (await readBody(request.message)).toString("utf8");
      const { fieldValidation } = parseWriteOptions(request.query, "PatchOptions");
      const type = mediaType(request.message.headers["content-type"]);
      const patch = readPatch({ ...scaleKind, mediaType: type, body, fieldValidation, warn: request.warn });
      const patched = async (current: Scale) => (await patch(current)) as unknown as Scale;
      return writeScale(registry, request, target, "PatchOptions", patched);
    }
    default:
      throw methodNotAllowed();
  }
}

async function readScale(registry: Registry, { kind, namespace, name }: ObjectTarget): Promise<Answer> {
  const stored = await readObject(registry, kind, { namespace, name });
  if (!stored) throw notFound(kind.storage, name);
  return jsonAnswer(200, scaleOf(stored.object));
}

async function writeScale(
  registry: Registry,
  request: ApiRequest,
  { kind, namespace, name }: ObjectTarget,
  optionsKind: string,
  change: (current: Scale) => Scale | Promise<Scale>,
): Promise<Answer> {
  const produce = async ({ object }: StoredObject): Promise<KubeObject> => {
    const scale = await change(scaleOf(object));
    checkScale(scale, name);
    const { resourceVersion } = scale.metadata;
    const { spec, ...rest } = object as Scalable;
    const metadata = { ...rest.metadata, ...(resourceVersion ? { resourceVersion } : {}) };
    return { ...rest, metadata, spec: { ...spec, replicas: scale.spec?.replicas ?? 0 } } as Scalable;
  };
  const context = writeContext(request, parseWriteOptions(request.query, optionsKind));
  const updated = await updateObject(
    registry,
    { kind, name: { namespace, name }, produce, subresource: "scale" },
    context,
  );
  return jsonAnswer(200, scaleOf(updated));
}

function checkScale({ metadata, spec }: Scale, name: string): void {
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name ?? ""}) does not match the name on the URL (${name})`,
    );
  }
  const replicas = spec?.replicas ?? 0;
  if (replicas >= 0) return;
  const detail = "must be greater than or equal to 0";
  throw invalid(scaleKind, name, [{ type: "Invalid", field: "spec.replicas", value: replicas, detail }]);
}

function scaleOf(object: KubeObject): Scale {
  const { metadata, spec, status } = object as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const selector = spec.selector ? selectorText(spec.selector) : "";
  return {
    kind: "Scale",
    apiVersion: scaleKind.apiVersion,
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status?.replicas ?? 0, ...(selector === "" ? {} : { selector }) },
  };
}

/** `app=web,tier in (a,b)`: as a list request takes it, sorted by key. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      const set = `(${values.toSorted().join(",")})`;
      const text = {
        In: `${key} in ${set}`,
        NotIn: `${key} notin ${set}`,
        Exists: key,
        DoesNotExist: `!${key}`,
      }[operator];
      return { key, text };
    }),
  ];
  return terms
    .sort((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ text }) => text)
    .join(",");
}
