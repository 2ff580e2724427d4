/** GET of one object and of many. */
import type { KubeObject } from "../../api/meta.ts";
import { notFound } from "../errors.ts";
import { requireKnownRevision } from "../registry/known-revision.ts";
import { encodeObject } from "../registry/object-text.ts";
import { type Registry, readObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { parseListOptions, parseResourceVersion } from "../request/list-options.ts";
import { chooseObjectForm } from "../response/choose-object-form.ts";
import { listObjects } from "../verbs/list-objects.ts";
import type { Answer } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import type { ObjectTarget } from "./resource-handler.ts";

export async function handleGet(
  registry: Registry,
  { message, query }: ApiRequest,
  { kind, namespace, name }: ObjectTarget,
): Promise<Answer> {
  const { form, encoding } = chooseObjectForm(
    kind,
    message.headers.accept,
    query,
    "single",
    registry.clock.now,
  );
  const version = parseResourceVersion(query.get("resourceVersion") ?? "");
  if (version) await requireKnownRevision(registry, version);
  const stored = await readObject(registry, kind, { namespace, name });
  if (!stored) throw notFound(kind.storage, name);
  return { status: 200, body: form.single(stored, true), encoding };
}

export async function handleList(
  registry: Registry,
  { message, query }: ApiRequest,
  kind: ServedKind,
  namespace: string | undefined,
): Promise<Answer> {
  const options = parseListOptions(query);
  const { form, encoding } = chooseObjectForm(
    kind,
    message.headers.accept,
    query,
    "list",
    registry.clock.now,
  );
  const { objects, metadata } = await listObjects(registry, kind, namespace, options);
  return { status: 200, body: form.list(objects, metadata), encoding };
}

/** The answer that holds an object, in the form that the client wants. */
export function objectAnswer(
  registry: Registry,
  { message, query }: ApiRequest,
  kind: ServedKind,
  object: KubeObject,
  status: number,
): Answer {
  const { form, encoding } = chooseObjectForm(
    kind,
    message.headers.accept,
    query,
    "single",
    registry.clock.now,
  );
  const revision = object.metadata.resourceVersion;
  if (form.key === kind.apiVersion) {
    const wire = kind.definition.storedAs?.fromStored(object) ?? object;
    const { apiVersion: _apiVersion, kind: _kind, ...members } = wire;
    return {
      status,
      body: JSON.stringify({ kind: kind.kind, apiVersion: kind.apiVersion, ...members }),
      encoding,
    };
  }
  const text = encodeObject(object);
  return { status, body: form.single({ text, revision: Number(revision ?? 0) }, true), encoding };
}
