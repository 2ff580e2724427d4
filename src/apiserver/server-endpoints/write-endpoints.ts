/** Writes the Endpoints and EndpointSlices of default/kubernetes, as they are: a server on a loopback address is a legitimate endpoint. */
import { serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Entry, Store, Write } from "../../store/index.ts";
import { jsonEqual } from "../registry/json-equal.ts";
import { encodeObject } from "../registry/object-text.ts";
import { storageKey, storagePrefix } from "../registry/storage-key.ts";
import { withNewMetadata } from "../verbs/object-metadata.ts";
import {
  endpointSlices,
  endpointSubsets,
  endpointsLabels,
  serverService,
  sliceLabels,
} from "./endpoint-objects.ts";
import type { ServerAddress } from "./server-address.ts";

const endpoints = { group: "", plural: "endpoints" } as const;
const slices = { group: "discovery.k8s.io", plural: "endpointslices" } as const;
const attempts = 5;

/** One commit, none when nothing changes; again if another server was faster. */
export async function writeServerEndpoints(
  store: Store,
  clock: Clock,
  servers: readonly ServerAddress[],
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const writes = await plan(store, clock, servers);
    if (writes.length === 0 || (await store.commit(writes)).committed) return;
  }
}

async function plan(
  store: Store,
  clock: Clock,
  servers: readonly ServerAddress[],
): Promise<readonly Write[]> {
  const wanted = endpointSlices(servers);
  const { namespace, name } = serverService;
  const listed = await store.list(`${storagePrefix(slices, namespace)}${name}`);
  const present = listed.entries.filter(({ value }) => isOurs(JSON.parse(value)));
  const writeOf = (key: string, entry: Entry | undefined, labels: object, content: object, named: string) => {
    const current = entry && (JSON.parse(entry.value) as KubeObject);
    const draft = { metadata: { name: named, labels }, ...content } as unknown as KubeObject;
    const made = withNewMetadata(draft, { namespace, name: named }, clock.now());
    const object = current ? { ...made, metadata: current.metadata } : made;
    if (current && jsonEqual(object, current)) return [];
    return [{ key, value: encodeObject(object), ifRevision: entry?.revision ?? 0 }];
  };
  const endpointsKey = storageKey(endpoints, serverService);
  const subsets = { subsets: endpointSubsets(servers) };
  return [
    ...writeOf(endpointsKey, await store.get(endpointsKey), endpointsLabels, subsets, name),
    ...[...wanted].flatMap(([slice, content]) => {
      const key = storageKey(slices, { namespace, name: slice });
      const entry = listed.entries.find((one) => one.key === key);
      return writeOf(key, entry, sliceLabels, content, slice);
    }),
    ...present
      .filter(
        ({ key }) =>
          ![...wanted.keys()].some((slice) => key === storageKey(slices, { namespace, name: slice })),
      )
      .map(({ key, revision }) => ({ key, ifRevision: revision })),
  ];
}

/** Whoever makes slices of another Service with a like name labels them so. */
function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[serviceNameLabel] === serverService.name;
}
