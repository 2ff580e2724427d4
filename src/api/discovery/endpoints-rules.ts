/** Defaults and validation of Endpoints (kubernetes/pkg/apis/core/validation validateEndpointSubsets). */

import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from "../endpoint-slice.ts";
import { type FieldError, problemsField, requiredField } from "../field-error.ts";
import { ipWarnings, validateLegacyIp, validateNonSpecialIp } from "../validation/addresses.ts";
import { validateKindMetaUpdate } from "../validation/object-meta.ts";
import { validateProtocol } from "../validation/ports.ts";
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from "../validation/syntax.ts";

export function defaultEndpoints(endpoints: Endpoints): Endpoints {
  const { subsets } = endpoints;
  return subsets ? { ...endpoints, subsets: subsets.map(defaultSubset) } : endpoints;
}

function defaultSubset(subset: EndpointSubset): EndpointSubset {
  if (!subset.ports) return subset;
  return { ...subset, ports: subset.ports.map((port) => ({ ...port, protocol: port.protocol || "TCP" })) };
}

export function validateEndpoints({ subsets = [] }: Endpoints, old?: Endpoints): readonly FieldError[] {
  const kept = (old?.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [] }) =>
    [...addresses, ...notReadyAddresses].map(({ ip }) => ip),
  );
  return subsets.flatMap((subset, index) => subsetErrors(subset, `subsets[${index}]`, kept));
}

export function validateEndpointsUpdate(next: Endpoints, old: Endpoints): readonly FieldError[] {
  return [...validateKindMetaUpdate(next, old), ...validateEndpoints(next, old)];
}

/** Addresses that are valid but not written as they should be. */
export function endpointsWarnings({ subsets = [] }: Endpoints): readonly string[] {
  return subsets.flatMap((subset, index) =>
    (["addresses", "notReadyAddresses"] as const).flatMap((member) =>
      (subset[member] ?? []).flatMap(({ ip = "" }, position) =>
        ipWarnings(ip, `subsets[${index}].${member}[${position}].ip`),
      ),
    ),
  );
}

function subsetErrors(
  { addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset,
  field: string,
  kept: readonly string[],
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(requiredField(field, "must specify `addresses` or `notReadyAddresses`"));
  }
  for (const [index, address] of addresses.entries()) {
    errors.push(...addressErrors(address, `${field}.addresses[${index}]`, kept));
  }
  for (const [index, address] of notReadyAddresses.entries()) {
    errors.push(...addressErrors(address, `${field}.notReadyAddresses[${index}]`, kept));
  }
  for (const [index, port] of ports.entries()) {
    errors.push(...portErrors(port, `${field}.ports[${index}]`, ports.length > 1));
  }
  return errors;
}

function addressErrors(
  { ip = "", hostname = "", nodeName }: EndpointAddress,
  field: string,
  kept: readonly string[],
): readonly FieldError[] {
  return [
    ...validateLegacyIp(ip, `${field}.ip`, kept),
    ...(hostname === "" ? [] : problemsField(`${field}.hostname`, hostname, dnsLabelProblems(hostname))),
    ...(nodeName ? problemsField(`${field}.nodeName`, nodeName, dnsSubdomainProblems(nodeName)) : []),
    ...validateNonSpecialIp(ip, `${field}.ip`),
  ];
}

function portErrors(
  { name = "", port = 0, protocol, appProtocol }: EndpointPort,
  field: string,
  needsName: boolean,
): readonly FieldError[] {
  const nameErrors =
    name === ""
      ? needsName
        ? [requiredField(`${field}.name`)]
        : []
      : problemsField(`${field}.name`, name, dnsLabelProblems(name));
  return [
    ...nameErrors,
    ...problemsField(`${field}.port`, port, portNumberProblems(port)),
    ...validateProtocol(protocol, `${field}.protocol`),
    ...(appProtocol === undefined
      ? []
      : problemsField(`${field}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))),
  ];
}
