/** Events that repair writes about Services. The same trouble, seen again, counts up the event that is there. */
import { createHash, randomUUID } from "node:crypto";
import { eventDefinition } from "../../api/event/event-definition.ts";
import type { KubeEvent } from "../../api/event.ts";
import type { Service } from "../../api/service.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import type { Store } from "../../store/index.ts";
import { decodeObject, encodeObject } from "../registry/object-text.ts";
import { storageKey } from "../registry/storage-key.ts";

export interface RepairEvent {
  readonly service: Service;
  readonly component: string;
  readonly reason: string;
  readonly message: string;
}

const eventKind = { kind: "Event", apiVersion: "v1" };

export async function recordRepairEvent(store: Store, event: RepairEvent, nowMs: number): Promise<void> {
  const name = eventName(event);
  const { namespace } = event.service.metadata;
  const key = storageKey(eventDefinition, { namespace, name });
  const entry = await store.get(key);
  const known = entry && (decodeObject(entry.value, entry.revision, eventKind) as KubeEvent);
  const object: KubeEvent = known
    ? { ...known, count: (known.count ?? 1) + 1, lastTimestamp: formatTime(nowMs) }
    : newEvent(event, name, nowMs);
  await store.commit([{ key, value: encodeObject(object), ifRevision: entry?.revision ?? 0 }]);
}

function eventName({ service, reason, message }: RepairEvent): string {
  const { name, uid } = service.metadata;
  const hash = createHash("sha256").update(`${uid} ${reason} ${message}`).digest("hex").slice(0, 16);
  return `${name}.${hash}`;
}

function newEvent(
  { service, component, reason, message }: RepairEvent,
  name: string,
  nowMs: number,
): KubeEvent {
  const { metadata } = service;
  const time = formatTime(nowMs);
  return {
    ...eventKind,
    metadata: {
      name,
      namespace: metadata.namespace ?? "",
      uid: randomUUID(),
      resourceVersion: "",
      creationTimestamp: time,
    },
    involvedObject: {
      kind: "Service",
      namespace: metadata.namespace ?? "",
      name: metadata.name,
      uid: metadata.uid,
      apiVersion: "v1",
      resourceVersion: metadata.resourceVersion,
    },
    reason,
    message,
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: "Warning",
    eventTime: null,
    reportingComponent: component,
    reportingInstance: "",
  };
}
