/** Which Services a change of pods concerns. */

import { labelsInclude } from "../api/label-selector.ts";
import type { Pod } from "../api/pod.ts";
import type { Service } from "../api/service.ts";
import { objectKey } from "../client/index.ts";
import type { ControllerContext } from "./controller-context.ts";
import { indexByNamespace } from "./namespace-index.ts";

/** Calls `add` with `namespace/name` of each Service that selects a pod that was added, changed or deleted. */
export function followPodsOfServices({ caches }: ControllerContext, add: (key: string) => void): void {
  const serviceIndex = indexByNamespace(caches.services);
  const addServicesOf = ({ metadata }: Pod) => {
    for (const service of serviceIndex.in(metadata.namespace ?? "")) {
      if (selectsSomething(service) && labelsInclude(metadata.labels, service.spec.selector ?? {})) {
        add(objectKey(service.metadata));
      }
    }
  };
  caches.pods.subscribe(({ added, updated, deleted }) => {
    for (const pod of added) addServicesOf(pod);
    for (const { previous, next } of updated) {
      if (!isSameForServices(previous, next)) {
        addServicesOf(previous);
        addServicesOf(next);
      }
    }
    for (const pod of deleted) addServicesOf(pod);
  });
}

function selectsSomething({ spec }: Service): boolean {
  return Object.keys(spec.selector ?? {}).length > 0;
}

/** PERF: most updates of a pod (counts of restarts, heartbeats) say nothing of its endpoints. */
function isSameForServices(a: Pod, b: Pod): boolean {
  const essence = ({ metadata, spec, status }: Pod) =>
    JSON.stringify([
      metadata.labels,
      metadata.deletionTimestamp,
      spec.nodeName,
      status.phase,
      status.podIP,
      status.podIPs,
      status.conditions?.map(({ type, status: truth }) => [type, truth]),
    ]);
  return essence(a) === essence(b);
}
