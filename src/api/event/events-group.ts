/** The events.k8s.io/v1 form of an Event, and back (kubernetes/pkg/apis/events/v1/conversion.go). */
import type { KubeEvent } from "../event.ts";
import type { KubeObject } from "../meta.ts";

/** Field of core/v1 -> field of events.k8s.io/v1; all others have one name in both. */
const renamed: Readonly<Record<string, string>> = {
  involvedObject: "regarding",
  message: "note",
  source: "deprecatedSource",
  firstTimestamp: "deprecatedFirstTimestamp",
  lastTimestamp: "deprecatedLastTimestamp",
  count: "deprecatedCount",
  reportingComponent: "reportingController",
};

const restored: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(renamed).map(([core, grouped]) => [grouped, core]),
);

/** Of these, events.k8s.io/v1 leaves out what is empty. */
const optional = ["reportingController", "reportingInstance"];

/** events.k8s.io/v1 -> core/v1. */
export function fromEventsGroup(event: KubeObject): KubeEvent {
  return { ...rename(event, restored), apiVersion: "v1" } as KubeEvent;
}

/** core/v1 -> events.k8s.io/v1. */
export function toEventsGroup(event: KubeObject): KubeEvent {
  const entries = Object.entries(rename(event, renamed)).filter(
    ([field, value]) => value !== "" || !optional.includes(field),
  );
  return { ...Object.fromEntries(entries), apiVersion: "events.k8s.io/v1" } as KubeEvent;
}

function rename(event: KubeObject, names: Readonly<Record<string, string>>): KubeObject {
  const entries = Object.entries(event).map(([field, value]) => [names[field] ?? field, value]);
  return Object.fromEntries(entries);
}
