/** What a node may read of pods, and of the ConfigMaps and Secrets that its pods name. */
import type { Pod } from "../../api/pod.ts";
import { forbidden } from "../errors.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { Registry } from "../registry/registry.ts";
import { storageKey, storagePrefix } from "../registry/storage-key.ts";
import type { ResourceTarget } from "../request/request-path.ts";
import { attributesOf, type ResourceAttributes, refusalText } from "./request-attributes.ts";

const pods = { group: "", plural: "pods" } as const;

/** Throws Forbidden. */
export async function requireOwnReading(
  { store }: Pick<Registry, "store">,
  node: string,
  { user, method, path, query }: Pick<ApiRequest, "user" | "method" | "path" | "query">,
  target: ResourceTarget,
): Promise<void> {
  const asked = attributesOf(method, path, query, target);
  if (asked.kind !== "resource" || asked.group !== "") return;
  const refuse = (why: string) =>
    forbidden(
      { group: asked.group, plural: asked.resource },
      asked.name,
      `${refusalText(user?.name ?? "", asked)}: ${why}`,
    );
  if (asked.resource === "pods" && method === "GET") {
    if (!(await isOwnPods(store, node, query, asked))) {
      throw refuse(
        asked.name === "" ? "can only list/watch pods with spec.nodeName field selector" : unrelated(node),
      );
    }
  }
  if ((asked.resource === "secrets" || asked.resource === "configmaps") && asked.verb !== "create") {
    const { namespace, name, resource } = asked;
    if (!(await isNamedByOwnPod(store, node, { namespace, name, resource }))) throw refuse(unrelated(node));
  }
}

function unrelated(node: string): string {
  return `no relationship found between node '${node}' and this object`;
}

async function isOwnPods(
  store: Registry["store"],
  node: string,
  query: URLSearchParams,
  { namespace, name }: ResourceAttributes,
): Promise<boolean> {
  const selectors = (query.get("fieldSelector") ?? "").split(",");
  if (selectors.some((term) => term === `spec.nodeName=${node}` || term === `spec.nodeName==${node}`))
    return true;
  if (name === "") return false;
  const entry = await store.get(storageKey(pods, { namespace, name }));
  return entry === undefined || (JSON.parse(entry.value) as Pod).spec.nodeName === node;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
  readonly resource: string;
}

/** A pod's text is parsed only if it holds both names. */
async function isNamedByOwnPod(
  store: Registry["store"],
  node: string,
  { namespace, name, resource }: Named,
): Promise<boolean> {
  if (namespace === "" || name === "") return false;
  const { entries } = await store.list(storagePrefix(pods, namespace));
  const mark = `"nodeName":${JSON.stringify(node)}`;
  return entries.some(({ value }) => {
    if (!value.includes(mark) || !value.includes(JSON.stringify(name))) return false;
    const pod = JSON.parse(value) as Pod;
    return pod.spec.nodeName === node && references(pod, resource).has(name);
  });
}

/** Members of a pod's spec that name such an object, wherever they stand, and the member that holds the name. */
const referring: Readonly<Record<string, readonly (readonly [member: string, name: string])[]>> = {
  secrets: [
    ["secretKeyRef", "name"],
    ["secretRef", "name"],
    ["secret", "secretName"],
    ["secret", "name"],
    ["imagePullSecrets", "name"],
  ],
  configmaps: [
    ["configMapKeyRef", "name"],
    ["configMapRef", "name"],
    ["configMap", "name"],
  ],
};

function references({ spec }: Pod, resource: string): ReadonlySet<string> {
  const names = new Set<string>();
  const members = referring[resource] ?? [];
  const walk = (value: unknown, under: string): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, under);
    else if (value !== null && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) {
        if (typeof inner === "string" && members.some(([member, name]) => member === under && name === key))
          names.add(inner);
        else walk(inner, key);
      }
    }
  };
  walk(spec, "");
  return names;
}
