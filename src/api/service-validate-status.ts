/** Validation of a Service's status (ValidateServiceStatusUpdate, ValidateLoadBalancerStatus). */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "./field-error.ts";
import type { LoadBalancerIngress, Service } from "./service.ts";
import { validateLegacyIp } from "./validation/addresses.ts";
import { parseIp } from "./validation/ip.ts";
import { validateKindMetaUpdate } from "./validation/object-meta.ts";
import { dnsSubdomainProblems } from "./validation/syntax.ts";

const ipModes = ["Proxy", "VIP"];

export function validateServiceStatus(next: Service, old: Service): readonly FieldError[] {
  const ingress = next.status?.loadBalancer?.ingress ?? [];
  const field = "status.loadBalancer.ingress";
  const errors = [...validateKindMetaUpdate(next, old)];
  if (next.spec.type !== "LoadBalancer" && ingress.length > 0) {
    return [...errors, forbiddenField(field, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const kept = (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return [...errors, ...ingress.flatMap((entry, index) => ingressErrors(entry, `${field}[${index}]`, kept))];
}

function ingressErrors(
  { ip = "", hostname = "", ipMode }: LoadBalancerIngress,
  field: string,
  kept: readonly string[],
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (ip !== "") {
    errors.push(...validateLegacyIp(ip, `${field}.ip`, kept));
    if (ipMode === undefined) {
      errors.push(requiredField(`${field}.ipMode`, "must be specified when `ip` is set"));
    }
  } else if (ipMode !== undefined) {
    errors.push(forbiddenField(`${field}.ipMode`, "may not be specified when `ip` is not set"));
  }
  if (ip !== "" && ipMode !== undefined && !ipModes.includes(ipMode)) {
    errors.push(unsupportedField(`${field}.ipMode`, ipMode, ipModes));
  }
  if (hostname !== "") {
    errors.push(...problemsField(`${field}.hostname`, hostname, dnsSubdomainProblems(hostname)));
    if (parseIp(hostname)) {
      errors.push(invalidField(`${field}.hostname`, hostname, "must be a DNS name, not an IP address"));
    }
  }
  return errors;
}
