/** Which kinds an API server has. */
import type { KubeObject } from "../api/meta.ts";
import type { ApiClient, Resource } from "../client/index.ts";

export interface DiscoveredResource extends Resource<KubeObject> {
  readonly verbs: readonly string[];
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs?: readonly string[];
  }[];
}

interface GroupList {
  readonly groups: readonly { readonly preferredVersion?: { readonly groupVersion: string } }[];
}

/** Lists every kind in its group's preferred version, without subresources. Rejects if any group cannot be read. */
export async function discoverResources(
  client: ApiClient,
  signal: AbortSignal,
): Promise<readonly DiscoveredResource[]> {
  const { groups } = await read<GroupList>(client, "/apis", signal);
  const versions = groups.flatMap(({ preferredVersion }) => preferredVersion?.groupVersion ?? []);
  const lists = await Promise.all(
    ["/api/v1", ...versions.map((version) => `/apis/${version}`)].map((path) =>
      read<ResourceList>(client, path, signal),
    ),
  );
  return lists.flatMap(({ groupVersion, resources }) => {
    const [version = "", group = ""] = groupVersion.split("/").reverse();
    return resources
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, kind, namespaced, verbs = [] }) => ({
        group,
        version,
        plural: name,
        kind,
        namespaced,
        verbs,
      }));
  });
}

async function read<T>(client: ApiClient, path: string, signal: AbortSignal): Promise<T> {
  const { status, body } = await client.raw("GET", path, signal);
  if (status !== 200)
    throw new Error(`Cannot discover ${path}: the API server answered with HTTP status ${status}`);
  return JSON.parse(body) as T;
}
