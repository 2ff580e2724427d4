/** The ReplicaSet for a Deployment's template. */
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import type { Draft } from "../../client/index.ts";
import { controllerReference } from "../owner-references.ts";
import { newReplicaSetAnnotations, sizeAnnotations } from "./revisions.ts";
import type { Limits } from "./rolling-update.ts";
import { templateHash, templateHashLabel } from "./template-hash.ts";

/** Its name ends in the template's hash, which its selector and its pods have as a label too. */
export function newReplicaSet(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  replicas: number,
  limits: Limits,
): Draft<ReplicaSet> {
  const { metadata, spec, status } = deployment;
  const hash = templateHash(spec.template, status.collisionCount);
  const labels = { ...spec.template.metadata?.labels, [templateHashLabel]: hash };
  const { matchLabels, matchExpressions } = spec.selector;
  return {
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      labels,
      annotations: {
        ...newReplicaSetAnnotations(deployment, old, undefined),
        ...sizeAnnotations(limits),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      minReadySeconds: spec.minReadySeconds ?? 0,
      selector: {
        matchLabels: { ...matchLabels, [templateHashLabel]: hash },
        ...(matchExpressions ? { matchExpressions } : {}),
      },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
}
