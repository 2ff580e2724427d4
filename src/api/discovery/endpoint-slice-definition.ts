/** EndpointSlice, discovery.k8s.io/v1, as the API server serves it. */
import { allVerbs } from "../definition-parts.ts";
import type { EndpointSlice } from "../endpoint-slice.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import { firstThree } from "../printing/short-list.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import {
  defaultEndpointSlice,
  prepareEndpointSliceForCreate,
  prepareEndpointSliceForUpdate,
} from "./endpoint-slice-rules.ts";
import {
  endpointSliceWarnings,
  validateEndpointSlice,
  validateEndpointSliceUpdate,
} from "./endpoint-slice-validate.ts";

export const endpointSliceDefinition: ResourceDefinition<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  singular: "endpointslice",
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.discovery.v1.EndpointSlice",
  default: defaultEndpointSlice,
  prepareForCreate: prepareEndpointSliceForCreate,
  prepareForUpdate: prepareEndpointSliceForUpdate,
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  warnings: (next) => endpointSliceWarnings(next),
  columns: [
    nameColumn,
    column("AddressType", "What the addresses are: IPv4, IPv6 or FQDN."),
    column("Ports", "Ports that every endpoint serves."),
    column("Endpoints", "Addresses of the endpoints."),
    ageColumn,
  ],
  cells: ({ metadata, addressType, ports, endpoints }, nowMs) => [
    metadata.name,
    addressType,
    firstThree((ports ?? []).map(({ port, name }) => `${port ?? name ?? "*"}`)) || "<unset>",
    firstThree((endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])) || "<unset>",
    age(metadata.creationTimestamp, nowMs),
  ],
};
