/** Service, core/v1, as the API server serves it. */
import { allVerbs } from "./definition-parts.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import type { Service } from "./service.ts";
import { serviceCells, serviceColumns } from "./service-columns.ts";
import { defaultService } from "./service-default.ts";
import { prepareServiceForCreate, prepareServiceForUpdate, prepareServiceStatus } from "./service-update.ts";
import { validateService } from "./service-validate.ts";
import { validateServiceStatus } from "./service-validate-status.ts";
import { validateServiceUpdate } from "./service-validate-update.ts";
import { serviceWarnings } from "./service-warnings.ts";
import { validateDnsLabelName } from "./validation/names.ts";

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
  default: defaultService,
  prepareForCreate: prepareServiceForCreate,
  prepareForUpdate: prepareServiceForUpdate,
  validate: (service) => validateService(service),
  validateUpdate: validateServiceUpdate,
  warnings: (next) => serviceWarnings(next),
  validateName: validateDnsLabelName,
  parts: { status: { prepare: prepareServiceStatus, validate: validateServiceStatus } },
  columns: serviceColumns,
  cells: serviceCells,
  selectableFields: {
    "spec.clusterIP": ({ spec }) => spec.clusterIP ?? "",
    "spec.type": ({ spec }) => spec.type,
  },
};
