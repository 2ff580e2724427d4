/** DELETE of one object and of a collection. */
import { badRequest, isApiStatusError } from "../errors.ts";
import { decodeObject } from "../registry/object-text.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { type DeleteOptions, parseDeleteOptions } from "../request/delete-options.ts";
import { parseListOptions } from "../request/list-options.ts";
import { readBody } from "../request/read-body.ts";
import { chooseObjectForm } from "../response/choose-object-form.ts";
import { deleteObject } from "../verbs/delete-object.ts";
import { listObjects } from "../verbs/list-objects.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";
import { objectAnswer } from "./read-handler.ts";
import type { ObjectTarget } from "./resource-handler.ts";
import { jsonBody } from "./write-handler.ts";

export async function handleDelete(
  registry: Registry,
  request: ApiRequest,
  { kind, namespace, name }: ObjectTarget,
): Promise<Answer> {
  const options = await deleteOptions(request);
  const { object, removed } = await deleteObject(registry, kind, { namespace, name }, options);
  if (!removed || kind.definition.deleteReturnsObject)
    return objectAnswer(registry, request, kind, object, 200);
  const { group, plural } = kind.storage;
  const details = { name, ...(group === "" ? {} : { group }), kind: plural, uid: object.metadata.uid };
  return jsonAnswer(200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

/** Answers with what was there. */
export async function handleDeleteCollection(
  registry: Registry,
  request: ApiRequest,
  kind: ServedKind,
  namespace: string | undefined,
): Promise<Answer> {
  const options = await deleteOptions(request);
  const { message, query } = request;
  const { form, encoding } = chooseObjectForm(
    kind,
    message.headers.accept,
    query,
    "list",
    registry.clock.now,
  );
  const { objects, metadata } = await listObjects(registry, kind, namespace, parseListOptions(query));
  for (const { text, revision } of objects) {
    const { metadata: listed } = decodeObject(text, revision, kind.stored);
    await deleteIfThere(registry, kind, { namespace: listed.namespace, name: listed.name }, options);
  }
  return { status: 200, body: form.list(objects, metadata), encoding };
}

async function deleteIfThere(
  registry: Registry,
  kind: ServedKind,
  name: { readonly namespace: string | undefined; readonly name: string },
  options: DeleteOptions,
): Promise<void> {
  try {
    await deleteObject(registry, kind, name, options);
  } catch (error) {
    if (!isApiStatusError(error) || error.code !== 404) throw error;
  }
}

async function deleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const { message, query } = request;
  const hasBody =
    message.headers["content-length"] !== "0" &&
    (message.headers["content-length"] ?? message.headers["transfer-encoding"]);
  if (!hasBody) {
    await readBody(message);
    return parseDeleteOptions(query, undefined);
  }
  const text = await jsonBody(request, { kind: "DeleteOptions" });
  if (text === "") return parseDeleteOptions(query, undefined);
  try {
    return parseDeleteOptions(query, JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
  }
}
