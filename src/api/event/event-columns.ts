/** What `kubectl get events` prints (kubernetes/pkg/printers/internalversion printEvent). */
import type { KubeEvent } from "../event.ts";
import { type Cells, column, wideColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { TableColumn } from "../resource-definition.ts";

export const eventColumns: readonly TableColumn[] = [
  column("Last Seen", "When it happened last."),
  column("Type", "Normal or Warning."),
  column("Reason", "Why, in one word."),
  column("Object", "The object that it is about."),
  wideColumn("Subobject", "The part of the object that it is about."),
  wideColumn("Source", "Who reports it."),
  column("Message", "What happened."),
  wideColumn("First Seen", "When it happened first."),
  wideColumn("Count", "How often it happened."),
  wideColumn("Name", "The event's name."),
];

export function eventCells(event: KubeEvent, nowMs: number): Cells {
  const { involvedObject, series, source = {} } = event;
  const firstSeen = age(event.firstTimestamp || event.eventTime, nowMs);
  const lastSeen = event.lastTimestamp ? age(event.lastTimestamp, nowMs) : firstSeen;
  const target = [involvedObject?.kind?.toLowerCase() ?? "", involvedObject?.name ?? ""];
  const component = source.component || event.reportingComponent || "";
  const instance = source.host || event.reportingInstance || "";
  return [
    series ? age(series.lastObservedTime, nowMs) : lastSeen,
    event.type ?? "",
    event.reason ?? "",
    target[1] === "" ? (target[0] ?? "") : target.join("/"),
    involvedObject?.fieldPath ?? "",
    instance === "" ? component : `${component}, ${instance}`,
    (event.message ?? "").trim(),
    firstSeen,
    series ? (series.count ?? 0) : event.count || 1,
    event.metadata.name,
  ];
}
