/** What a cluster has from the beginning: four namespaces, and the Service that leads to the API server itself. */
import { isIPv6 } from "node:net";
import type { KubeObject } from "../api/meta.ts";
import { isApiStatusError } from "./errors.ts";
import { type Registry, readObject } from "./registry/registry.ts";
import type { ServedKind } from "./registry/served-kind.ts";
import { storagePrefix } from "./registry/storage-key.ts";
import { createObject } from "./verbs/create-object.ts";
import { completeDraft } from "./verbs/decode-draft.ts";
import type { WriteContext } from "./verbs/write-context.ts";

const namespaces: readonly string[] = ["default", "kube-system", "kube-public", "kube-node-lease"];
const serverName = "kubernetes";
const serverNamespace = "default";

export interface BootstrapOptions {
  /** The first address of the primary service range. */
  readonly serviceAddress: string;
  /** Where the server listens. */
  readonly port: number;
}

/** Makes what is missing. A new cluster forgets its first revisions, as any grown one has. */
export async function bootstrap(registry: Registry, options: BootstrapOptions): Promise<void> {
  const { store } = registry;
  const isNew =
    (await store.list(storagePrefix({ group: "", plural: "namespaces" }), { limit: 1 })).entries.length === 0;
  for (const name of namespaces) {
    await createIfMissing(registry, "", "namespaces", undefined, { metadata: { name } });
  }
  await createIfMissing(registry, "", "services", serverNamespace, kubernetesService(options));
  if (isNew) await store.compact(await store.revision());
}

type Draft = Readonly<Record<string, unknown>> & { readonly metadata: { readonly name: string } };

const context: WriteContext = {
  dryRun: false,
  fieldValidation: "Strict",
  fieldManager: "kube-apiserver",
  force: false,
  warn() {},
};

async function createIfMissing(
  registry: Registry,
  group: string,
  plural: string,
  namespace: string | undefined,
  draft: Draft,
): Promise<void> {
  const kind = servedKind(registry, group, plural);
  const { name } = draft.metadata;
  if (await readObject(registry, kind, { namespace, name })) return;
  try {
    await createObject(
      registry,
      kind,
      namespace,
      completeDraft(kind, asObject(kind, draft), context),
      context,
    );
  } catch (error) {
    if (!(isApiStatusError(error) && error.status.reason === "AlreadyExists")) throw error;
    registry.log.debug("Another server was faster", { plural, name });
  }
}

function servedKind({ kinds }: Registry, group: string, plural: string): ServedKind {
  const kind = kinds.find(group, "v1", plural);
  if (!kind) throw new TypeError(`Cannot set up the cluster: ${plural} are not served`);
  return kind;
}

function asObject({ kind, apiVersion }: ServedKind, draft: Draft): KubeObject {
  return { kind, apiVersion, ...draft } as unknown as KubeObject;
}

function kubernetesService({ serviceAddress, port }: BootstrapOptions): Draft {
  return {
    metadata: {
      name: serverName,
      labels: { component: "apiserver", provider: "kubernetes" },
    } as Draft["metadata"],
    spec: {
      type: "ClusterIP",
      clusterIP: serviceAddress,
      clusterIPs: [serviceAddress],
      ipFamilies: [isIPv6(serviceAddress) ? "IPv6" : "IPv4"],
      ipFamilyPolicy: "SingleStack",
      sessionAffinity: "None",
      ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: port }],
    },
  };
}
