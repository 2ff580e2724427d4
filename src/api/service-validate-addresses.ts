/** Validation of clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy (ValidateServiceClusterIPsRelatedFields). */
import {
  duplicateField,
  type FieldError,
  invalidField,
  requiredField,
  unsupportedField,
} from "./field-error.ts";
import type { Service, ServiceSpec } from "./service.ts";
import { isHeadless } from "./service-type.ts";
import { validateLegacyIp } from "./validation/addresses.ts";
import { parseIp } from "./validation/ip.ts";

const families = ["IPv4", "IPv6"];
const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/**
 * Allocation looks at these fields before anything else is validated, so it runs these checks itself too.
 * Addresses that `old` has stay valid, however they are written.
 */
export function validateServiceAddresses({ spec }: Service, old?: Service): readonly FieldError[] {
  if (spec.type === "ExternalName") return [];
  const { clusterIPs = [] } = spec;
  const errors = [...agreementErrors(spec), ...familyErrors(spec)];
  if (clusterIPs[0] === "None" && clusterIPs.length > 1) {
    errors.push(invalidField("spec.clusterIPs", clusterIPs, "'None' must be the first and only value"));
  }
  const syntax = clusterIPs.flatMap((ip, index) =>
    index === 0 && ip === "None"
      ? []
      : validateLegacyIp(ip, `spec.clusterIPs[${index}]`, old?.spec.clusterIPs),
  );
  errors.push(...syntax);
  if (clusterIPs.length > 2) {
    errors.push(invalidField("spec.clusterIPs", clusterIPs, "may only hold up to 2 values"));
  }
  if (syntax.length > 0 || (clusterIPs[0] === "None" && clusterIPs.length > 1)) return errors;
  return [...errors, ...dualStackErrors(clusterIPs), ...mismatchErrors(spec)];
}

function agreementErrors({ clusterIP = "", clusterIPs = [] }: ServiceSpec): readonly FieldError[] {
  const field = "spec.clusterIPs";
  if (clusterIP === "") {
    if (clusterIPs.length === 0) return [];
    return [invalidField(field, clusterIPs, "must be empty when `clusterIP` is not specified")];
  }
  if (clusterIPs.length === 0) return [requiredField(field)];
  return clusterIPs[0] === clusterIP
    ? []
    : [invalidField(field, clusterIPs, "first value must match `clusterIP`")];
}

function familyErrors({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec): readonly FieldError[] {
  const errors = ipFamilies.flatMap((family, index) => {
    const field = `spec.ipFamilies[${index}]`;
    return [
      ...(families.includes(family) ? [] : [unsupportedField(field, family, families)]),
      ...(ipFamilies.indexOf(family) < index ? [duplicateField(field, family)] : []),
    ];
  });
  if (typeof ipFamilyPolicy === "string" && !policies.includes(ipFamilyPolicy)) {
    errors.push(unsupportedField("spec.ipFamilyPolicy", ipFamilyPolicy, policies));
  }
  return errors;
}

function familyOf(ip: string): "IPv4" | "IPv6" {
  return parseIp(ip)?.family ?? "IPv4";
}

function dualStackErrors(clusterIPs: readonly string[]): readonly FieldError[] {
  const kinds = new Set(clusterIPs.map(familyOf));
  if (clusterIPs.length < 2 || kinds.size === 2) return [];
  return [invalidField("spec.clusterIPs", clusterIPs, "may specify no more than one IP for each IP family")];
}

function mismatchErrors(spec: ServiceSpec): readonly FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  if (isHeadless(spec)) return [];
  return clusterIPs.flatMap((ip, index) => {
    const family = ipFamilies[index];
    if ((family !== "IPv4" && family !== "IPv6") || familyOf(ip) === family) return [];
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    return [invalidField(`spec.clusterIPs[${index}]`, ip, detail)];
  });
}
