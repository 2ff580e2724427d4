/** What a node may write, kind by kind (kubernetes/plugin/pkg/admission/noderestriction/admission.go). */
import { sameValue } from "../../api/deep-equal.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import { reportName, reportNamespace } from "../../api/proxy-report/proxy-report.ts";
import { type ApiStatusError, forbidden } from "../errors.ts";
import type { Admission, ServedKind } from "../registry/served-kind.ts";

type Refuse = (object: KubeObject, why: string) => ApiStatusError;

function refusal({ storage }: ServedKind): Refuse {
  return ({ metadata }, why) => forbidden(storage, metadata.name, why);
}

const leaseNamespace = "kube-node-lease";

/** Beside a node's own Lease, its proxy's: agent and proxy of a node of the local cluster are one process, with one identity. */
export function leaseAdmission(node: string, kind: ServedKind): Admission {
  const refuse = refusal(kind);
  const check = (lease: KubeObject) => {
    const { namespace, name } = lease.metadata;
    if (namespace === reportNamespace && name === reportName(node)) return;
    if (lease.metadata.namespace !== leaseNamespace) {
      throw refuse(lease, `can only access leases in the "${leaseNamespace}" system namespace`);
    }
    if (lease.metadata.name !== node) {
      throw refuse(lease, "can only access node lease with the same name as the requesting node");
    }
  };
  return { create: check, update: check, remove: check };
}

export function podAdmission(node: string, kind: ServedKind): Admission {
  const refuse = refusal(kind);
  const who = `node ${JSON.stringify(node)}`;
  const isOwn = (pod: KubeObject) => (pod as Pod).spec.nodeName === node;
  return {
    create(pod) {
      throw refuse(pod, `${who} cannot create pods`);
    },
    update(next, old, subresource) {
      if (subresource !== "status") {
        const why = `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
        throw refuse(old, subresource === "" ? `${who} can only create and delete mirror pods` : why);
      }
      if (!isOwn(old)) {
        throw refuse(old, `${who} can only update pod status for pods with spec.nodeName set to itself`);
      }
      if (!sameValue(next.metadata.labels ?? {}, old.metadata.labels ?? {})) {
        throw refuse(old, `${who} cannot update labels through pod status`);
      }
    },
    remove(pod) {
      if (!isOwn(pod)) throw refuse(pod, `${who} can only delete pods with spec.nodeName set to itself`);
    },
  };
}

export function nodeAdmission(node: string, kind: ServedKind): Admission {
  const refuse = refusal(kind);
  const who = `node ${JSON.stringify(node)}`;
  const requireOwn = (object: KubeObject) => {
    const { name } = object.metadata;
    if (name !== node) throw refuse(object, `${who} is not allowed to modify node ${JSON.stringify(name)}`);
  };
  return {
    create(object) {
      requireOwn(object);
      const foreign = changedLabels(object, undefined).filter((label) => !isOwnLabel(label));
      if (foreign.length > 0) {
        throw refuse(object, `${who} is not allowed to set the following labels: ${foreign.join(", ")}`);
      }
    },
    update(next, old) {
      requireOwn(old);
      if (!sameValue((next as Node).spec?.taints ?? [], (old as Node).spec?.taints ?? [])) {
        throw refuse(old, `${who} is not allowed to modify taints`);
      }
      const foreign = changedLabels(next, old).filter((label) => !isOwnLabel(label));
      if (foreign.length > 0) {
        throw refuse(old, `${who} is not allowed to modify labels: ${foreign.join(", ")}`);
      }
      if (!sameValue(next.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
        throw refuse(old, `${who} is not allowed to modify ownerReferences`);
      }
    },
    remove: requireOwn,
  };
}

function changedLabels({ metadata: next }: KubeObject, old: KubeObject | undefined): readonly string[] {
  const before = old?.metadata.labels ?? {};
  const after = next.labels ?? {};
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}

/** kubernetes/staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go */
const kubeletLabels: readonly string[] = [
  ...["kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os"],
  ...["topology.kubernetes.io/zone", "topology.kubernetes.io/region"],
  ...["failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region"],
  ...["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"],
  ...["beta.kubernetes.io/arch", "beta.kubernetes.io/os"],
];
const kubeletDomains = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const restrictedDomain = "node-restriction.kubernetes.io";

/** Labels by which workloads are steered are for those who run the cluster; others a node may set about itself. */
function isOwnLabel(label: string): boolean {
  const domain = label.includes("/") ? (label.split("/")[0] ?? "") : "";
  const isIn = (parent: string) => domain === parent || domain.endsWith(`.${parent}`);
  if (isIn(restrictedDomain)) return false;
  if (!isIn("kubernetes.io") && !isIn("k8s.io")) return true;
  return kubeletLabels.includes(label) || kubeletDomains.some(isIn);
}
