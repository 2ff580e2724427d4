/** IPAddress, networking.k8s.io/v1: one address that is taken, and by whom. */

import { sameValue } from "./deep-equal.ts";
import { allVerbs } from "./definition-parts.ts";
import { type FieldError, invalidField, requiredField } from "./field-error.ts";
import type { KubeObject } from "./meta.ts";
import { ageColumn, column, nameColumn } from "./printing/columns.ts";
import { age } from "./printing/human-duration.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { parseIp } from "./validation/ip.ts";
import { validateKindMetaUpdate } from "./validation/object-meta.ts";

export interface ParentReference {
  readonly group?: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface IPAddress extends KubeObject {
  readonly spec: { readonly parentRef?: ParentReference };
}

export const ipAddressDefinition: ResourceDefinition<IPAddress> = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  plural: "ipaddresses",
  singular: "ipaddress",
  shortNames: ["ip"],
  categories: [],
  namespaced: false,
  verbs: allVerbs,
  schema: "io.k8s.api.networking.v1.IPAddress",
  validate: validateIpAddress,
  validateUpdate: validateIpAddressUpdate,
  validateName: (name) => (isCanonical(name) ? [] : ["not a valid IP address in canonical format"]),
  columns: [nameColumn, column("ParentRef", "The object that the address belongs to."), ageColumn],
  cells: ({ metadata, spec }, nowMs) => [
    metadata.name,
    parentText(spec?.parentRef),
    age(metadata.creationTimestamp, nowMs),
  ],
  selectableFields: {
    "spec.parentRef.group": ({ spec }) => spec?.parentRef?.group ?? "",
    "spec.parentRef.resource": ({ spec }) => spec?.parentRef?.resource ?? "",
    "spec.parentRef.namespace": ({ spec }) => spec?.parentRef?.namespace ?? "",
    "spec.parentRef.name": ({ spec }) => spec?.parentRef?.name ?? "",
  },
};

/** `services/default/web` */
function parentText(parent: ParentReference | undefined): string {
  if (parent === undefined) return "<none>";
  const { group, resource = "", namespace, name = "" } = parent;
  const kind = group ? `${resource}.${group}` : resource;
  return [kind.toLowerCase(), ...(namespace ? [namespace] : []), name].join("/");
}

function isCanonical(name: string): boolean {
  const ip = parseIp(name);
  return ip !== undefined && !ip.isMapped && ip.canonical === name;
}

/** kubernetes/pkg/apis/networking/validation ValidateIPAddress */
function validateIpAddress({ spec }: IPAddress): readonly FieldError[] {
  const field = "spec.parentRef";
  const parent = spec?.parentRef;
  if (!parent) return [requiredField(field)];
  return [
    ...(parent.resource ? [] : [requiredField(`${field}.resource`)]),
    ...(parent.name ? [] : [requiredField(`${field}.name`)]),
  ];
}

function validateIpAddressUpdate(next: IPAddress, old: IPAddress): readonly FieldError[] {
  const errors = validateKindMetaUpdate(next, old);
  const parent = next.spec?.parentRef;
  if (sameValue(parent ?? null, old.spec?.parentRef ?? null)) return errors;
  const { group = "", resource = "", namespace = "", name = "" } = parent ?? {};
  const shown = parent && { Group: group, Resource: resource, Namespace: namespace, Name: name };
  return [...errors, invalidField("spec.parentRef", shown, "field is immutable")];
}
