/** Objects for tests: defaults, then what the test is about. */
import type { KubeObject } from "../../api/meta.ts";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import { controllerReference } from "../owner-references.ts";
import type { Write } from "../writes.ts";

export type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

type Change<T> = (object: Mutable<T>) => void;

function build<T>(object: T, changes: readonly Change<T>[]): T {
  const copy = structuredClone(object);
  for (const change of changes) change(copy as Mutable<T>);
  return copy;
}

function metadata(name: string, namespace?: string) {
  return {
    name,
    ...(namespace ? { namespace } : {}),
    uid: `uid-${name}`,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
}

/** Ready, on node-1, with label app=demo and address 10.180.0.1. */
export function makePod(name: string, ...changes: Change<Pod>[]): Pod {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata(name, "default"), labels: { app: "demo" } },
    spec: { nodeName: "node-1", containers: [{ name: "c" }] },
    status: {
      phase: "Running",
      podIP: "10.180.0.1",
      podIPs: [{ ip: "10.180.0.1" }],
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
    },
  };
  return build(pod, changes);
}

export function makeNode(name: string, ...changes: Change<Node>[]): Node {
  const node: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { ...metadata(name), labels: { "kubernetes.io/hostname": name } },
    spec: {},
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
  return build(node, changes);
}

/** Port 80 to 8080 of the pods with app=demo. */
export function makeService(name: string, ...changes: Change<Service>[]): Service {
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(name, "default"),
    spec: {
      type: "NodePort",
      selector: { app: "demo" },
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
      clusterIP: "172.30.0.1",
      ipFamilies: ["IPv4"],
      sessionAffinity: "None",
    },
    status: {},
  };
  return build(service, changes);
}

export function makeDeployment(name: string, ...changes: Change<Deployment>[]): Deployment {
  const deployment: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(name, "default"),
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "demo" } },
      template: {
        metadata: { labels: { app: "demo" } },
        spec: { containers: [{ name: "c", image: "one" }] },
      },
    },
    status: {},
  };
  return build(deployment, changes);
}

/** With as many replicas, all of them available, and owned by `owner`. */
export function makeReplicaSet(
  name: string,
  replicas: number,
  owner?: Deployment,
  ...changes: Change<ReplicaSet>[]
): ReplicaSet {
  const replicaSet: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      ...metadata(name, "default"),
      labels: { app: "demo" },
      annotations: {},
      ...(owner ? { ownerReferences: [controllerReference(owner)] } : {}),
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: "demo" } },
      template: { metadata: { labels: { app: "demo" } }, spec: { containers: [{ name: "c", image: name }] } },
    },
    status: { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1 },
  };
  return build(replicaSet, changes);
}

/** What a write that there must be writes. */
export function objectOf<T extends KubeObject>(write: Write | undefined): T {
  if (!write) throw new Error("nothing is written");
  return write.object as T;
}
