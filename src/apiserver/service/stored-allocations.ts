/**
 * StoredAllocations: what Services and IPAddress objects say about ports and addresses, read a page at a time and without the rest of the
 * objects: of ten thousand Services this is a small part.
 */
import { type IPAddress, ipAddressDefinition } from "../../api/ip-address.ts";
import type { ObjectMeta } from "../../api/meta.ts";
import type { Service } from "../../api/service.ts";
import { serviceDefinition } from "../../api/service-definition.ts";
import type { Entry, Store } from "../../store/index.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import { nodePortPrefix } from "./node-port-key.ts";

export interface StoredAllocations {
  /** With what is allocated, and who they are; nothing else. */
  readonly services: readonly Service[];
  /** The same. */
  readonly addresses: readonly IPAddress[];
  readonly portKeys: readonly Entry[];
  /** All of it is the state at this revision. */
  readonly revision: number;
}

const entriesPerPage = 500;

/** Throws CompactedError when the history is forgotten meanwhile. */
export async function readAllocations(store: Pick<Store, "list">): Promise<StoredAllocations> {
  const services = await readAll(store, storagePrefix(serviceDefinition), undefined, slimService);
  const { revision } = services;
  const addresses = await readAll(store, storagePrefix(ipAddressDefinition), revision, slimAddress);
  const portKeys = await readAll(store, nodePortPrefix, revision, (entry) => entry);
  return { services: services.items, addresses: addresses.items, portKeys: portKeys.items, revision };
}

async function readAll<T>(
  store: Pick<Store, "list">,
  prefix: string,
  atRevision: number | undefined,
  pick: (entry: Entry) => T,
): Promise<{ readonly items: readonly T[]; readonly revision: number }> {
  const items: T[] = [];
  let revision = atRevision;
  let after: string | undefined;
  for (;;) {
    const page = await store.list(prefix, {
      limit: entriesPerPage,
      ...(revision === undefined ? {} : { revision }),
      ...(after === undefined ? {} : { after }),
    });
    revision = page.revision;
    for (const entry of page.entries) items.push(pick(entry));
    after = page.entries.at(-1)?.key;
    if (page.remaining === 0 || after === undefined) return { items, revision };
  }
}

function slimService({ value, revision }: Entry): Service {
  const { metadata, spec } = JSON.parse(value) as Pick<Service, "metadata" | "spec">;
  const { type, clusterIP, clusterIPs, ipFamilies, ports, healthCheckNodePort } = spec;
  const kept = { type, clusterIP, clusterIPs, ipFamilies, healthCheckNodePort };
  const nodePorts = (ports ?? []).filter(({ nodePort }) => nodePort);
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: slimMetadata(metadata, revision),
    spec: { ...kept, ports: nodePorts },
  } as unknown as Service;
}

function slimAddress({ value, revision }: Entry): IPAddress {
  const { metadata, spec } = JSON.parse(value) as Pick<IPAddress, "metadata" | "spec">;
  const { labels } = metadata;
  return {
    kind: "IPAddress",
    apiVersion: "networking.k8s.io/v1",
    metadata: { ...slimMetadata(metadata, revision), ...(labels ? { labels } : {}) },
    spec,
  };
}

function slimMetadata({ name, namespace, uid }: ObjectMeta, revision: number): ObjectMeta {
  const place = namespace === undefined ? {} : { namespace };
  return { name, ...place, uid, resourceVersion: String(revision) } as ObjectMeta;
}
