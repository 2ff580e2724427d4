/** Which subresources each kind has, as discovery tells them. */
import type { ServedKind } from "../registry/served-kind.ts";

export interface Subresource {
  readonly name: string;
  readonly kind: string;
  /** Of the kind of the subresource, where it differs from the resource's. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const connect: readonly string[] = ["create", "get"];

const proxy: readonly string[] = ["create", "delete", "get", "patch", "update"];

const special: Readonly<Record<string, readonly Subresource[]>> = {
  namespaces: [{ name: "finalize", kind: "Namespace", verbs: ["update"] }],
  pods: [
    { name: "attach", kind: "PodAttachOptions", verbs: connect },
    { name: "binding", kind: "Binding", verbs: ["create"] },
    { name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
    { name: "exec", kind: "PodExecOptions", verbs: connect },
    { name: "log", kind: "Pod", verbs: ["get"] },
    { name: "portforward", kind: "PodPortForwardOptions", verbs: connect },
    { name: "proxy", kind: "PodProxyOptions", verbs: proxy },
  ],
  serviceaccounts: [
    {
      name: "token",
      kind: "TokenRequest",
      group: "authentication.k8s.io",
      version: "v1",
      verbs: ["create"],
    },
  ],
  services: [{ name: "proxy", kind: "ServiceProxyOptions", verbs: proxy }],
  nodes: [{ name: "proxy", kind: "NodeProxyOptions", verbs: proxy }],
  deployments: [scale()],
  replicasets: [scale()],
};

function scale(): Subresource {
  return {
    name: "scale",
    kind: "Scale",
    group: "autoscaling",
    version: "v1",
    verbs: ["get", "patch", "update"],
  };
}

/** By name. */
export function subresourcesOf(kind: ServedKind): readonly Subresource[] {
  const { definition } = kind;
  const parts = Object.keys(definition.parts ?? {}).filter((name) => name !== "finalize");
  const all = [
    ...parts.map((name) => ({ name, kind: definition.kind, verbs: ["get", "patch", "update"] })),
    ...(special[definition.plural] ?? []),
  ];
  return all.sort((left, right) => (left.name < right.name ? -1 : 1));
}
