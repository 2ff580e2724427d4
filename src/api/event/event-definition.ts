/** Event, core/v1 and events.k8s.io/v1: two groups that serve the same stored objects, which have core/v1's form. */
import { allVerbs } from "../definition-parts.ts";
import type { KubeEvent } from "../event.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateDnsSubdomainName } from "../validation/names.ts";
import { eventCells, eventColumns } from "./event-columns.ts";
import {
  defaultEvent,
  validateEvent,
  validateGroupedEvent,
  validateGroupedEventUpdate,
} from "./event-rules.ts";
import { fromEventsGroup, toEventsGroup } from "./events-group.ts";

export const eventDefinition: ResourceDefinition<KubeEvent> = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  categories: [],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.Event",
  createOnUpdate: true,
  default: defaultEvent,
  validate: validateEvent,
  validateUpdate: (next) => validateEvent(next),
  validateName: validateDnsSubdomainName,
  columns: eventColumns,
  cells: eventCells,
  selectableFields: {
    "involvedObject.kind": ({ involvedObject }) => involvedObject?.kind ?? "",
    "involvedObject.namespace": ({ involvedObject }) => involvedObject?.namespace ?? "",
    "involvedObject.name": ({ involvedObject }) => involvedObject?.name ?? "",
    "involvedObject.uid": ({ involvedObject }) => involvedObject?.uid ?? "",
    "involvedObject.apiVersion": ({ involvedObject }) => involvedObject?.apiVersion ?? "",
    "involvedObject.resourceVersion": ({ involvedObject }) => involvedObject?.resourceVersion ?? "",
    "involvedObject.fieldPath": ({ involvedObject }) => involvedObject?.fieldPath ?? "",
    reason: ({ reason = "" }) => reason,
    reportingComponent: ({ reportingComponent = "" }) => reportingComponent,
    source: ({ source, reportingComponent = "" }) => source?.component || reportingComponent,
    type: ({ type = "" }) => type,
  },
};

const { selectableFields: coreFields = {} } = eventDefinition;

export const groupedEventDefinition: ResourceDefinition<KubeEvent> = {
  ...eventDefinition,
  group: "events.k8s.io",
  schema: "io.k8s.api.events.v1.Event",
  storedAs: { group: "", plural: "events", toStored: fromEventsGroup, fromStored: toEventsGroup },
  validate: validateGroupedEvent,
  validateUpdate: validateGroupedEventUpdate,
  selectableFields: Object.fromEntries(
    Object.entries(coreFields).map(([field, read]) => [
      field.replace("involvedObject.", "regarding.").replace("reportingComponent", "reportingController"),
      read,
    ]),
  ),
};
