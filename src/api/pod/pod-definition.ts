/** Pod, core/v1, as the API server serves it. */
import { allVerbs } from "../definition-parts.ts";
import type { Pod } from "../pod.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateNewPod } from "./host-validate.ts";
import { podRefusal } from "./pod-admission.ts";
import { podCells, podColumns, podRowConditions } from "./pod-columns.ts";
import { defaultPod } from "./pod-default.ts";
import { validatePodStatus } from "./pod-status-validate.ts";
import { preparePodForCreate, preparePodForUpdate, preparePodStatus } from "./pod-update.ts";
import { validatePod, validatePodUpdate } from "./pod-validate.ts";
import { podWarnings } from "./pod-warnings.ts";

export const podDefinition: ResourceDefinition<Pod> = {
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  singular: "pod",
  shortNames: ["po"],
  categories: ["all"],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.Pod",
  deleteReturnsObject: true,
  default: defaultPod,
  prepareForCreate: preparePodForCreate,
  prepareForUpdate: preparePodForUpdate,
  refusal: podRefusal,
  validate: (pod) => [...validatePod(pod), ...validateNewPod(pod.spec)],
  validateUpdate: validatePodUpdate,
  parts: { status: { prepare: preparePodStatus, validate: validatePodStatus } },
  warnings: ({ spec }, old) => (old ? [] : podWarnings(spec, "spec")),
  columns: podColumns,
  cells: podCells,
  rowConditions: podRowConditions,
  selectableFields: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.restartPolicy": ({ spec }) => spec.restartPolicy ?? "",
    "spec.schedulerName": ({ spec }) => spec.schedulerName ?? "",
    "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
    "spec.hostNetwork": ({ spec }) => String(spec.hostNetwork ?? false),
    "status.phase": ({ status }) => status?.phase ?? "",
    "status.podIP": ({ status }) => status?.podIPs?.[0]?.ip ?? "",
    "status.podIPs": ({ status }) => status?.podIPs?.map(({ ip }) => ip).join(",") ?? "",
    "status.nominatedNodeName": ({ status }) => status?.nominatedNodeName ?? "",
  },
};
