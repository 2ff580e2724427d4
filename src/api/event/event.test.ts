import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeEvent } from "../event.ts";
import type { FieldError } from "../field-error.ts";
import { eventCells } from "./event-columns.ts";
import { groupedEventDefinition } from "./event-definition.ts";
import { defaultEvent, validateEvent, validateGroupedEvent } from "./event-rules.ts";
import { fromEventsGroup, toEventsGroup } from "./events-group.ts";

function event(content: Partial<KubeEvent> = {}): KubeEvent {
  return defaultEvent({
    apiVersion: "v1",
    kind: "Event",
    metadata: {
      name: "e",
      namespace: "ns",
      uid: "1",
      resourceVersion: "5",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    involvedObject: { kind: "Service", namespace: "ns", name: "web" },
    ...content,
  });
}

const newer: Partial<KubeEvent> = {
  eventTime: "2026-01-01T00:00:00.000000Z",
  reportingComponent: "example.com/me",
  reportingInstance: "me-1",
  action: "Sync",
  reason: "Synced",
  type: "Normal",
};

function shown(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ type, field }) => `${type} ${field}`);
}

test("an event lives where its object lives", () => {
  assert.deepEqual(shown(validateEvent(event())), []);
  const elsewhere = event({ involvedObject: { kind: "Service", namespace: "other", name: "web" } });
  assert.deepEqual(shown(validateEvent(elsewhere)), ["Invalid involvedObject.namespace"]);
  assert.deepEqual(shown(validateEvent(event({ involvedObject: { kind: "Node", name: "n" } }))), [
    "Invalid involvedObject.namespace",
  ]);
});

test("an event of the newer kind is complete, and events.k8s.io takes no other", () => {
  assert.deepEqual(shown(validateGroupedEvent(event(newer))), []);
  assert.deepEqual(shown(validateEvent(event({ eventTime: "2026-01-01T00:00:00.000000Z" }))), [
    "Required reportingComponent",
    "Invalid reportingComponent",
    "Invalid reportingComponent",
    "Required reportingInstance",
    "Required action",
    "Required reason",
  ]);
  assert.deepEqual(shown(validateGroupedEvent(event({ type: "Weird" as "Normal" }))), [
    "Required eventTime",
    "Invalid type",
  ]);
  assert.deepEqual(shown(validateGroupedEvent(event({ ...newer, count: 2, series: { count: 1 } }))), [
    "Invalid series.count",
    "Required series.lastObservedTime",
    "Invalid count",
  ]);
});

test("both groups show the same event in their own words", () => {
  const core = event({ ...newer, message: "synced", count: 2 });
  const grouped = toEventsGroup(core) as unknown as Record<string, unknown>;
  assert.equal(grouped.note, "synced");
  assert.equal(grouped.deprecatedCount, 2);
  assert.equal(grouped.reportingController, "example.com/me");
  assert.deepEqual(grouped.regarding, core.involvedObject);
  assert.deepEqual(fromEventsGroup(toEventsGroup(core)), core);
  assert.equal(groupedEventDefinition.selectableFields?.["regarding.name"]?.(core), "web");
});

test("a row shows what kubectl prints", () => {
  const nowMs = Date.parse("2026-01-01T00:05:00Z");
  const shownEvent = event({
    reason: "Sync",
    message: " synced\n",
    type: "Normal",
    source: { component: "me", host: "n1" },
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:04:00Z",
    count: 3,
  });
  assert.deepEqual(eventCells(shownEvent, nowMs), [
    "60s",
    "Normal",
    "Sync",
    "service/web",
    "",
    "me, n1",
    "synced",
    "5m",
    3,
    "e",
  ]);
  assert.equal(eventCells(event(newer), nowMs)[0], "5m");
  assert.equal(eventCells(event(), nowMs)[0], "<unknown>");
});
