/** Defaults and validation of Events (kubernetes/pkg/apis/core/validation/events.go). */

import { sameValue } from "../deep-equal.ts";
import type { KubeEvent } from "../event.ts";
import { type FieldError, invalidField, problemsField, requiredField } from "../field-error.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "../validation/object-meta.ts";
import { dnsSubdomainProblems, qualifiedNameProblems } from "../validation/syntax.ts";

/** Fields that Kubernetes always writes, empty or not. */
export function defaultEvent(event: KubeEvent): KubeEvent {
  return {
    ...event,
    involvedObject: event.involvedObject ?? {},
    source: event.source ?? {},
    firstTimestamp: event.firstTimestamp ?? null,
    lastTimestamp: event.lastTimestamp ?? null,
    eventTime: event.eventTime ?? null,
    reportingComponent: event.reportingComponent ?? "",
    reportingInstance: event.reportingInstance ?? "",
  };
}

/** core/v1 asks for little; an Event with an eventTime is of the newer kind and must be complete. */
export function validateEvent(event: KubeEvent): readonly FieldError[] {
  return commonErrors(event, "reportingComponent");
}

/** events.k8s.io/v1 takes only events of the newer kind, without the older fields. */
export function validateGroupedEvent(event: KubeEvent): readonly FieldError[] {
  const errors = [...commonErrors(event, "reportingController"), ...seriesErrors(event)];
  if (!event.eventTime) errors.push(requiredField("eventTime"));
  if (event.type !== "Normal" && event.type !== "Warning") {
    errors.push(invalidField("type", "", `has invalid value: ${event.type ?? ""}`));
  }
  const unset = "needs to be unset";
  if (event.firstTimestamp) errors.push(invalidField("firstTimestamp", "", unset));
  if (event.lastTimestamp) errors.push(invalidField("lastTimestamp", "", unset));
  if (event.count) errors.push(invalidField("count", "", unset));
  if (event.source?.component || event.source?.host) errors.push(invalidField("source", "", unset));
  return errors;
}

const fixedMembers = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingComponent",
  "reportingInstance",
] as const;

/** Of an event of the newer kind only the series goes on. */
export function validateGroupedEventUpdate(next: KubeEvent, old: KubeEvent): readonly FieldError[] {
  const errors = [
    ...commonErrors(next, "reportingController"),
    ...validateObjectMeta({ namespaced: true }, next),
    ...validateObjectMetaUpdate(next, old),
  ];
  if (!sameValue(next.series, old.series)) errors.push(...seriesErrors(next));
  for (const member of fixedMembers) {
    if (sameValue(next[member] ?? null, old[member] ?? null)) continue;
    const field = member === "reportingComponent" ? "reportingController" : member;
    errors.push(invalidField(field, next[member], "field is immutable"));
  }
  return errors;
}

function seriesErrors({ series }: KubeEvent): readonly FieldError[] {
  if (!series) return [];
  const { count = 0, lastObservedTime } = series;
  return [
    ...(count < 2 ? [invalidField("series.count", "", "should be at least 2")] : []),
    ...(lastObservedTime ? [] : [requiredField("series.lastObservedTime")]),
  ];
}

const maxLength = 128;
const maxMessageLength = 1024;

function commonErrors(event: KubeEvent, controllerField: string): FieldError[] {
  const namespace = event.metadata.namespace ?? "";
  const errors = event.eventTime
    ? newerErrors(event, controllerField)
    : namespaceMatches(event.involvedObject?.namespace ?? "", namespace)
      ? []
      : [namespaceError(event)];
  return [...errors, ...problemsField("namespace", namespace, dnsSubdomainProblems(namespace))];
}

function namespaceMatches(involved: string, own: string): boolean {
  return involved === "" ? own === "" || own === "default" : involved === own;
}

function namespaceError({ involvedObject }: KubeEvent): FieldError {
  return invalidField(
    "involvedObject.namespace",
    involvedObject?.namespace ?? "",
    "does not match event.namespace",
  );
}

function newerErrors(event: KubeEvent, controllerField: string): FieldError[] {
  const { metadata, involvedObject, reportingComponent = "", reportingInstance = "" } = event;
  const { action = "", reason = "", message = "" } = event;
  const errors: FieldError[] = [];
  const isGlobal = metadata.namespace === "default" || metadata.namespace === "kube-system";
  if (!involvedObject?.namespace && !isGlobal) errors.push(namespaceError(event));
  if (reportingComponent === "") errors.push(requiredField(controllerField));
  errors.push(
    ...problemsField(controllerField, reportingComponent, qualifiedNameProblems(reportingComponent)),
  );
  for (const [field, text] of Object.entries({ reportingInstance, action, reason })) {
    if (text === "") errors.push(requiredField(field));
    if (text.length > maxLength) {
      errors.push(invalidField(field, "", `can have at most ${maxLength} characters`));
    }
  }
  if (message.length > maxMessageLength) {
    errors.push(invalidField("message", "", `can have at most ${maxMessageLength} characters`));
  }
  return errors;
}
