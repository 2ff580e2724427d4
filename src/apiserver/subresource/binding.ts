/** pods/binding: the scheduler assigns a pod to a node. */
import type { FieldError } from "../../api/field-error.ts";
import type { Condition, KubeObject, ObjectReference } from "../../api/meta.ts";
import type { Pod } from "../../api/pod.ts";
import { conflict, invalid, methodNotAllowed } from "../errors.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { ObjectTarget } from "../http/resource-handler.ts";
import { jsonBody, writeContext } from "../http/write-handler.ts";
import type { Registry, StoredObject } from "../registry/registry.ts";
import { parseWriteOptions } from "../request/query-options.ts";
import { decodeSent } from "../verbs/decode-draft.ts";
import { updateObject } from "../verbs/update-object.ts";
import { timestamp } from "../verbs/write-context.ts";

interface Binding extends KubeObject {
  readonly target?: ObjectReference;
}

const bindingKind = {
  group: "",
  kind: "Binding",
  apiVersion: "v1",
  schema: "io.k8s.api.core.v1.Binding",
} as const;
const podsBinding = { group: "", plural: "pods/binding" } as const;

/** What a binding changes: the node, and that the pod is scheduled. */
const bindingPart = { prepare: (next: KubeObject) => next } as const;

export async function handleBinding(
  registry: Registry,
  request: ApiRequest,
  { kind, namespace, name }: ObjectTarget,
): Promise<Answer> {
  if (request.method !== "POST") throw methodNotAllowed();
  const context = writeContext(request, parseWriteOptions(request.query, "CreateOptions"));
  const binding = decodeSent(bindingKind, await jsonBody(request, bindingKind)) as Binding;
  checkTarget(binding, name);
  const produce = ({ object }: StoredObject): KubeObject =>
    bindPod(object as Pod, binding, timestamp(registry.clock.now()));
  await updateObject(
    registry,
    { kind, name: { namespace, name }, produce, part: bindingPart, tracksFields: false },
    context,
  );
  return jsonAnswer(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

function checkTarget({ target }: Binding, name: string): void {
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== "Node") {
    const detail = 'supported values: "Node", "<empty>"';
    errors.push({ type: "NotSupported", field: "target.kind", value: target.kind, detail });
  }
  if (!target?.name) errors.push({ type: "Required", field: "target.name", detail: "" });
  if (errors.length > 0) throw invalid(bindingKind, name, errors);
}

function bindPod(pod: Pod, { metadata, target }: Binding, now: string): Pod {
  const { name } = pod.metadata;
  const refuse = (why: string) => conflict(podsBinding, name, why);
  if (metadata.uid && metadata.uid !== pod.metadata.uid) {
    throw refuse(
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp)
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  const scheduled: Condition = { type: "PodScheduled", status: "True", lastTransitionTime: now };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== scheduled.type);
  const annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...pod.spec, nodeName: target?.name ?? "" },
    status: { ...pod.status, conditions: [...others, { lastProbeTime: null, ...scheduled } as Condition] },
  };
}
