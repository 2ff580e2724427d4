/** Manifests: YAML files of Kubernetes objects, applied as `kubectl apply --server-side` does. */
import { readFile } from "node:fs/promises";
import type { KubeObject, ObjectMetaInput } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { ApiClient } from "../../client/api-client.ts";
import type { Resource } from "../../client/resources.ts";

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetaInput & { readonly name: string };
}

const fieldManager = "porthole-up";
const defaultNamespace = "default";

/** Reads the objects of a file, in order. Throws an error that names the file and the document that is wrong. */
export async function readManifests(file: string): Promise<readonly ManifestObject[]> {
  const [{ parseAllDocuments }, text] = await Promise.all([import("../../lib/yaml.ts"), readText(file)]);
  return [...parseAllDocuments(text)].flatMap((document, index) => {
    const where = `${file}, document ${index + 1}`;
    const [error] = document.errors;
    if (error) throw new Error(`Cannot read ${where}: ${error.message}`);
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return [];
    if (!isManifestObject(value))
      throw new Error(`Cannot read ${where}: apiVersion, kind and metadata.name are needed`);
    return [value];
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new Error(`Cannot read ${file}: ${why}`, { cause });
  }
}

/** Makes the objects so, and returns them as the API server answered. Throws an error that names the object the API server refuses. */
export async function applyManifests(
  client: ApiClient,
  objects: readonly ManifestObject[],
): Promise<readonly KubeObject[]> {
  // Loaded while the components start: before that, it would only keep them waiting.
  const { allDefinitions } = await import("../../api/kinds.ts");
  const applied: KubeObject[] = [];
  for (const object of objects) {
    const resource = resourceOf(object, allDefinitions);
    const namespace = object.metadata.namespace ?? defaultNamespace;
    const key = resource.namespaced
      ? { name: object.metadata.name, namespace }
      : { name: object.metadata.name };
    try {
      applied.push(await client.patch(resource, key, "apply", object, { fieldManager }));
    } catch (cause) {
      throw new Error(`Cannot apply ${object.kind} "${object.metadata.name}"`, { cause });
    }
  }
  return applied;
}

function resourceOf(
  { apiVersion, kind, metadata }: ManifestObject,
  definitions: readonly ResourceDefinition[],
): Resource<KubeObject> {
  const definition = definitions.find(
    (candidate) =>
      candidate.kind === kind &&
      [candidate.group, candidate.version].filter(Boolean).join("/") === apiVersion,
  );
  if (definition) return definition;
  const kinds = [...new Set(definitions.map((candidate) => candidate.kind))].join(", ");
  throw new Error(
    `Cannot apply ${kind} "${metadata.name}": ${apiVersion} ${kind} is not served. Served are: ${kinds}`,
  );
}

function isManifestObject(value: unknown): value is ManifestObject {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<Record<string, unknown>>;
  return (
    typeof apiVersion === "string" &&
    typeof kind === "string" &&
    typeof metadata === "object" &&
    metadata !== null &&
    typeof (metadata as { name?: unknown }).name === "string"
  );
}
