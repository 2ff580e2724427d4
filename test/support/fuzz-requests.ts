/** The grammar of requests that a server must withstand: all verbs, kinds, subresources, media types, patches and options. */
import { allDefinitions } from "../../src/api/kinds.ts";
import type { ResourceDefinition } from "../../src/api/resource-definition.ts";
import { mutate, type Random, randomObject } from "./fuzz-objects.ts";
import { validObject } from "./fuzz-valid-objects.ts";

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What a node does not answer is a failure that Kubernetes has, too. */
  readonly reachesNode?: boolean;
}

const definitions = allDefinitions.filter(({ verbs }) => verbs.includes("list"));

function basePath({ group, version }: ResourceDefinition): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of each kind that is stored, over all namespaces; Events by the group that takes all of them. */
export const kindsToFuzz: readonly string[] = definitions
  .filter(({ storedAs }) => storedAs === undefined)
  .map((definition) => `${basePath(definition)}/${definition.plural}`);

const names = ["a", "b", "c", "web", "A_", "kubernetes", "default"];
const subresources = ["status", "scale", "binding", "eviction", "log", "ephemeralcontainers", "nonsense"];
const nodeSubresources = ["log"];
const options = {
  read: [
    "limit=1",
    "limit=-1",
    "limit=x",
    "continue=abc",
    "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0",
    "labelSelector=a%3Db",
    "labelSelector=a+in+(",
    "labelSelector=!a,b+notin+(c,d)",
    "fieldSelector=metadata.name%3Da",
    "fieldSelector=spec.type%3DNodePort",
    "fieldSelector=x",
    "resourceVersion=0",
    "resourceVersion=1",
    "resourceVersion=3",
    "resourceVersion=99999999",
    "resourceVersion=x",
    "resourceVersionMatch=Exact",
    "resourceVersionMatch=NotOlderThan",
    "sendInitialEvents=true",
    "includeObject=None",
    "pretty=true",
  ],
  write: [
    "dryRun=All",
    "dryRun=x",
    "fieldValidation=Strict",
    "fieldValidation=Ignore",
    "fieldValidation=x",
    "fieldManager=me",
    "fieldManager=%00",
    "force=true",
    "force=x",
    "pretty=1",
    "gracePeriodSeconds=0",
    "gracePeriodSeconds=-5",
    "propagationPolicy=Foreground",
    "propagationPolicy=Orphan",
    "propagationPolicy=x",
    "orphanDependents=true",
  ],
} as const;
const accepts = [
  "application/json",
  "*/*",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "text/html",
  ";;",
];
const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];
const bodyTypes = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "text/plain",
  "",
];

export function randomRequest(random: Random): FuzzRequest {
  const definition = random.pick(definitions);
  const method = random.pick([
    "GET",
    "POST",
    "POST",
    "POST",
    "PUT",
    "PUT",
    "PATCH",
    "PATCH",
    "GET",
    "DELETE",
  ]);
  const name = random.pick(names);
  const collection = collectionPath(random, definition);
  const isCollection = method === "POST" ? random.chance(0.9) : method !== "PUT" && random.chance(0.15);
  const ownParts = Object.keys(definition.parts ?? {});
  const subresource =
    !isCollection && random.chance(0.12) ? random.pick([...ownParts, ...subresources]) : undefined;
  const body = method === "GET" ? undefined : bodyOf(random, method, definition, name);
  const path = isCollection ? collection : [collection, name, subresource].filter(Boolean).join("/");
  return {
    method,
    path: path + query(random, method),
    headers: {
      ...(random.chance(0.4) ? { accept: random.pick(accepts) } : {}),
      ...contentType(random, method, body),
    },
    ...(body === undefined ? {} : { body }),
    ...(nodeSubresources.includes(subresource ?? "") ? { reachesNode: true } : {}),
  };
}

function collectionPath(random: Random, definition: ResourceDefinition): string {
  const namespace = random.chance(0.95) ? "default" : random.pick(["kube-system", "missing", "A"]);
  const namespaced = random.chance(0.98) ? definition.namespaced : !definition.namespaced;
  return `${basePath(definition)}/${namespaced ? `namespaces/${namespace}/` : ""}${definition.plural}`;
}

function query(random: Random, method: string): string {
  const chosen: string[] = [];
  while (random.chance(0.2)) chosen.push(random.pick(method === "GET" ? options.read : options.write));
  if (method === "GET" && random.chance(0.02)) chosen.push("watch=true", "timeoutSeconds=1");
  if (method === "PATCH" && random.chance(0.8)) chosen.push("fieldManager=tester");
  return chosen.length === 0 ? "" : `?${chosen.join("&")}`;
}

function contentType(random: Random, method: string, body = ""): Readonly<Record<string, string>> {
  if (method === "PATCH") {
    const fits = body.startsWith("[") ? patchTypes.slice(0, 1) : patchTypes.slice(1);
    return { "content-type": random.pick(random.chance(0.95) ? fits : patchTypes) };
  }
  const type = random.chance(0.9) ? "application/json" : random.pick(bodyTypes);
  return type === "" ? {} : { "content-type": type };
}

function bodyOf(random: Random, method: string, definition: ResourceDefinition, name: string): string {
  if (random.chance(0.02)) return random.pick(["", "{", "null", "[]", '"x"', "{}", "\u0000", "k8s\u0000"]);
  if (method === "DELETE") return JSON.stringify(deleteOptions(random));
  if (method === "PATCH" && random.chance(0.4)) return JSON.stringify(jsonPatch(random, definition));
  const valid = validObject(definition, name, random);
  const body = random.chance(0.15)
    ? { ...randomObject(random, definition.schema), ...headOf(definition, name) }
    : random.chance(0.5)
      ? mutate(random, valid)
      : valid;
  return JSON.stringify(body) ?? "";
}

function headOf({ group, version, kind }: ResourceDefinition, name: string): object {
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind, metadata: { name } };
}

function deleteOptions(random: Random): unknown {
  const valid = {
    kind: "DeleteOptions",
    apiVersion: "v1",
    ...(random.chance(0.3) ? { gracePeriodSeconds: random.pick([0, 30, -1]) } : {}),
    ...(random.chance(0.3) ? { propagationPolicy: random.pick(["Background", "Foreground", "Orphan"]) } : {}),
    ...(random.chance(0.2) ? { preconditions: { uid: "x", resourceVersion: "1" } } : {}),
  };
  return random.chance(0.2) ? mutate(random, valid) : valid;
}

const pointers = [
  "/metadata/labels",
  "/spec/ports/0",
  "/spec/ports/-",
  "/spec",
  "",
  "/metadata/name",
  "/x/y",
  "/data/a~1b",
];

function jsonPatch(random: Random, definition: ResourceDefinition): unknown {
  const operation = () => ({
    op: random.pick(["add", "remove", "replace", "test", "move", "copy", "nonsense"]),
    path: random.pick(pointers),
    from: random.pick(pointers),
    value: random.pick<unknown>([{ a: "b" }, "x", 1, null, [], randomObject(random, definition.schema)]),
  });
  return Array.from({ length: 1 + random.below(3) }, operation);
}
