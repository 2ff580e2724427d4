/** Validation of an EndpointSlice (kubernetes/pkg/apis/discovery/validation). */

import type { EndpointHints, EndpointPort, EndpointSlice, SliceEndpoint } from "../endpoint-slice.ts";
import {
  duplicateField,
  type FieldError,
  invalidField,
  problemsField,
  requiredField,
  tooManyField,
  unsupportedField,
} from "../field-error.ts";
import { validateIp, validateNonSpecialIp } from "../validation/addresses.ts";
import { parseIp } from "../validation/ip.ts";
import { validateObjectMeta } from "../validation/object-meta.ts";
import { validateProtocol } from "../validation/ports.ts";
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from "../validation/syntax.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20_000;
const maxHints = 8;

export function validateEndpointSlice({
  addressType,
  endpoints,
  ports,
}: EndpointSlice): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(requiredField("addressType"));
  else if (!addressTypes.includes(addressType)) {
    errors.push(unsupportedField("addressType", addressType, addressTypes));
  }
  return [...errors, ...endpointsErrors(endpoints ?? [], addressType), ...portsErrors(ports ?? [])];
}

export function validateEndpointSliceUpdate(next: EndpointSlice, old: EndpointSlice): readonly FieldError[] {
  const errors = [...validateObjectMeta({ namespaced: true }, next), ...validateEndpointSlice(next)];
  if (next.addressType === old.addressType) return errors;
  return [...errors, invalidField("addressType", next.addressType, "field is immutable")];
}

export function endpointSliceWarnings({ addressType }: EndpointSlice): readonly string[] {
  return addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : [];
}

function endpointsErrors(endpoints: readonly SliceEndpoint[], addressType: string): readonly FieldError[] {
  if (endpoints.length > maxEndpoints) return [tooManyField("endpoints", endpoints.length, maxEndpoints)];
  return endpoints.flatMap((endpoint, index) => endpointErrors(endpoint, addressType, `endpoints[${index}]`));
}

function endpointErrors(endpoint: SliceEndpoint, addressType: string, field: string): readonly FieldError[] {
  const { addresses = [], nodeName, hostname, hints } = endpoint;
  const at = `${field}.addresses`;
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(requiredField(at, "must contain at least 1 address"));
  if (addresses.length > maxAddresses) errors.push(tooManyField(at, addresses.length, maxAddresses));
  for (const [index, address] of addresses.entries()) {
    if (addressType === "FQDN") errors.push(...domainErrors(address, `${at}[${index}]`));
    else if (addressType === "IPv4" || addressType === "IPv6") {
      errors.push(...addressErrors(address, addressType, at, index));
    }
  }
  if (typeof nodeName === "string") {
    errors.push(...problemsField(`${field}.nodeName`, nodeName, dnsSubdomainProblems(nodeName)));
  }
  if (typeof hostname === "string") {
    errors.push(...problemsField(`${field}.hostname`, hostname, dnsLabelProblems(hostname)));
  }
  return hints ? [...errors, ...hintsErrors(hints, `${field}.hints`)] : errors;
}

/** NOTE: An address of the wrong family is reported for the whole list. */
function addressErrors(
  address: string,
  family: "IPv4" | "IPv6",
  field: string,
  index: number,
): readonly FieldError[] {
  const errors = validateIp(address, `${field}[${index}]`);
  if (errors.length > 0) return errors;
  const special = validateNonSpecialIp(address, `${field}[${index}]`);
  if (parseIp(address)?.family === family) return special;
  return [invalidField(field, address, `must be an ${family} address`), ...special];
}

function domainErrors(name: string, field: string): readonly FieldError[] {
  if (name === "") return [requiredField(field)];
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  const problems = dnsSubdomainProblems(bare);
  if (problems.length > 0) return [invalidField(field, bare, problems.join(","))];
  const labels = bare.split(".");
  if (labels.length < 2) {
    const detail = "should be a domain with at least two segments separated by dots";
    return [invalidField(field, bare, detail)];
  }
  return labels.flatMap((label) => {
    const found = dnsLabelProblems(label);
    return found.length > 0 ? [invalidField(field, label, found.join(","))] : [];
  });
}

function hintsErrors({ forZones = [], forNodes = [] }: EndpointHints, field: string): readonly FieldError[] {
  return [
    ...namesErrors(forZones, labelValueProblems, `${field}.forZones`),
    ...namesErrors(forNodes, dnsSubdomainProblems, `${field}.forNodes`),
  ];
}

function namesErrors(
  list: readonly { readonly name: string }[],
  problems: (name: string) => readonly string[],
  field: string,
): readonly FieldError[] {
  if (list.length > maxHints) return [tooManyField(field, list.length, maxHints)];
  const seen = new Set<string>();
  return list.flatMap(({ name = "" }, index) => {
    const at = `${field}[${index}].name`;
    const errors: FieldError[] = seen.has(name) ? [duplicateField(at, name)] : [];
    seen.add(name);
    return [...errors, ...problemsField(at, name, problems(name))];
  });
}

function portsErrors(ports: readonly EndpointPort[]): readonly FieldError[] {
  if (ports.length > maxPorts) return [tooManyField("ports", ports.length, maxPorts)];
  const names = new Set<string>();
  return ports.flatMap(({ name = "", protocol, appProtocol }, index) => {
    const field = `ports[${index}]`;
    const errors = name === "" ? [] : problemsField(`${field}.name`, name, dnsLabelProblems(name));
    if (names.has(name)) errors.push(duplicateField(`${field}.name`, name));
    names.add(name);
    errors.push(...validateProtocol(protocol, `${field}.protocol`));
    if (typeof appProtocol === "string") {
      const problems = qualifiedNameProblems(appProtocol);
      errors.push(...problemsField(`${field}.appProtocol`, appProtocol, problems));
    }
    return errors;
  });
}
