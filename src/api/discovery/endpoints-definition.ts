/** Endpoints, core/v1, as the API server serves them. */
import { allVerbs } from "../definition-parts.ts";
import type { EndpointSubset, Endpoints } from "../endpoint-slice.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import { firstThree } from "../printing/short-list.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import {
  defaultEndpoints,
  endpointsWarnings,
  validateEndpoints,
  validateEndpointsUpdate,
} from "./endpoints-rules.ts";

export const endpointsDefinition: ResourceDefinition<Endpoints> = {
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  categories: [],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.Endpoints",
  createOnUpdate: true,
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  default: defaultEndpoints,
  validate: (endpoints) => validateEndpoints(endpoints),
  validateUpdate: validateEndpointsUpdate,
  warnings: (next) => endpointsWarnings(next),
  columns: [nameColumn, column("Endpoints", "Addresses and ports that are ready."), ageColumn],
  cells: ({ metadata, subsets }, nowMs) => [
    metadata.name,
    firstThree((subsets ?? []).flatMap(subsetTexts)) || "<none>",
    age(metadata.creationTimestamp, nowMs),
  ],
};

/** `10.0.0.1:80` for each port and address; the bare addresses of a subset without ports. */
function subsetTexts({ addresses = [], ports = [] }: EndpointSubset): readonly string[] {
  const ips = addresses.map(({ ip = "" }) => ip);
  if (ports.length === 0) return ips;
  return ports.flatMap(({ port }) => ips.map((ip) => `${ip.includes(":") ? `[${ip}]` : ip}:${port ?? 0}`));
}
