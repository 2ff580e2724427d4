/** Service, core/v1, as the API server serves it. */
import { allVerbs } from "./definition-parts.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import type { Service } from "./service.ts";
import { serviceCells, serviceColumns } from "./service-columns.ts";

export const serviceDefinition: ResourceDefinition<Service> = {
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  categories: ["all"],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.Service",
  deleteReturnsObject: true,
  createOnUpdate: true,
  columns: serviceColumns,
  cells: serviceCells,
  selectableFields: {
    "spec.clusterIP": ({ spec }) => spec.clusterIP ?? "",
    "spec.type": ({ spec }) => spec.type,
  },
};
