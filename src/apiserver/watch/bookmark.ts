/** BOOKMARK events: a revision to resume from, and the end of the initial events. */
import { emptyNodeInfo } from "../../api/node/node-rules.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectForm } from "../response/object-form.ts";
import { eventLine } from "./event-text.ts";

export function bookmarkText(
  kind: ServedKind,
  form: ObjectForm,
  revision: number,
  { endsInitialEvents }: { readonly endsInitialEvents: boolean },
): string {
  const metadata = {
    resourceVersion: String(revision),
    ...(endsInitialEvents ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
  };
  return eventLine("BOOKMARK", JSON.stringify(bookmarkObject(kind, form, metadata)));
}

const podTemplate = { metadata: {}, spec: { containers: null } };

/** What kube-apiserver's objects hold beside metadata when nothing is set. */
const emptyMembers: Readonly<Record<string, object>> = {
  Namespace: { spec: {}, status: {} },
  Node: {
    spec: {},
    status: {
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: emptyNodeInfo,
    },
  },
  Pod: { spec: { containers: null }, status: {} },
  Service: { spec: {}, status: { loadBalancer: {} } },
  Deployment: { spec: { selector: null, template: podTemplate, strategy: {} }, status: {} },
  ReplicaSet: { spec: { selector: null, template: podTemplate }, status: { replicas: 0 } },
  EndpointSlice: { addressType: "", endpoints: null, ports: null },
  Lease: { spec: {} },
  ServiceCIDR: { spec: {}, status: {} },
  IPAddress: { spec: { parentRef: null } },
};

function bookmarkObject(kind: ServedKind, form: ObjectForm, metadata: object): object {
  if (form.key === "metadata")
    return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
  const object = { kind: kind.kind, apiVersion: kind.apiVersion, metadata, ...emptyMembers[kind.kind] };
  if (!form.key.startsWith("table")) return object;
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: {},
    columnDefinitions: null,
    rows: [
      { cells: null, object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata } },
    ],
  };
}
