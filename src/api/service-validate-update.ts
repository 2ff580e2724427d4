/** What an update of a Service may change (kubernetes/pkg/apis/core/validation ValidateServiceUpdate). */
import { type FieldError, forbiddenField, invalidField } from "./field-error.ts";
import type { Service, ServiceSpec } from "./service.ts";
import { isHeadless, needsHealthCheckNodePort } from "./service-type.ts";
import { validateService } from "./service-validate.ts";
import { validateLoadBalancerClass } from "./service-validate-traffic.ts";
import { validateDnsLabelName } from "./validation/names.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "./validation/object-meta.ts";

/** Metadata included: Kubernetes checks it for the kind once more. */
export function validateServiceUpdate(next: Service, old: Service): readonly FieldError[] {
  return [
    ...validateKindMetaUpdate(next, old),
    ...addressChangeErrors(next.spec, old.spec),
    ...familyChangeErrors(next.spec, old.spec),
    ...classChangeErrors(next.spec, old.spec),
    ...validateLoadBalancerClass(next.spec),
    ...healthCheckChangeErrors(next.spec, old.spec),
    ...validateObjectMeta({ namespaced: true, validateName: validateDnsLabelName }, next),
    ...validateService(next, old),
  ];
}

const fixed = "may not change once set";

/** The primary address stays; a second one may come, and go if the policy says SingleStack. */
function addressChangeErrors(next: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  if (next.type === "ExternalName" || old.type === "ExternalName") return [];
  if (isHeadless(next) && isHeadless(old)) return [];
  const nextIps = next.clusterIPs ?? [];
  const oldIps = old.clusterIPs ?? [];
  const shown = next.clusterIPs ?? null;
  if (nextIps.length === oldIps.length) {
    return oldIps.flatMap((ip, index) =>
      ip === nextIps[index] ? [] : [invalidField(`spec.clusterIPs[${index}]`, shown, fixed)],
    );
  }
  const errors: FieldError[] = [];
  if (nextIps.length === 0) {
    errors.push(invalidField("spec.clusterIPs[0]", shown, "primary clusterIP can not be unset"));
  } else if (oldIps.length > 0 && nextIps[0] !== oldIps[0]) {
    errors.push(invalidField("spec.clusterIPs[0]", shown, fixed));
  }
  if (nextIps.length === 1 && oldIps.length > 1 && next.ipFamilyPolicy !== "SingleStack") {
    const detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
    errors.push(invalidField("spec.ipFamilyPolicy", next.ipFamilyPolicy, detail));
  }
  return errors;
}

function familyChangeErrors(next: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  if (next.type === "ExternalName" || old.type === "ExternalName") return [];
  if (isHeadless(next) || isHeadless(old)) return [];
  const nextFamilies = next.ipFamilies ?? [];
  const oldFamilies = old.ipFamilies ?? [];
  const shown = next.ipFamilies ?? null;
  if (nextFamilies.length === oldFamilies.length) {
    return oldFamilies.flatMap((family, index) =>
      family === nextFamilies[index] ? [] : [invalidField("spec.ipFamilies[0]", shown, fixed)],
    );
  }
  const errors: FieldError[] = [];
  if (nextFamilies.length < oldFamilies.length && !next.clusterIPs?.length) {
    errors.push(invalidField("spec.ipFamilies[0]", shown, "primary ipFamily can not be unset"));
  }
  if (nextFamilies.length > 0 && oldFamilies.length > 0 && nextFamilies[0] !== oldFamilies[0]) {
    errors.push(invalidField("spec.ipFamilies[0]", next.clusterIPs ?? null, fixed));
  }
  if (nextFamilies.length === 1 && oldFamilies.length > 1 && next.ipFamilyPolicy !== "SingleStack") {
    const detail = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    errors.push(invalidField("spec.ipFamilyPolicy", next.ipFamilyPolicy, detail));
  }
  return errors;
}

function classChangeErrors(next: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  if (next.type !== "LoadBalancer" || old.type !== "LoadBalancer") return [];
  if (next.loadBalancerClass === old.loadBalancerClass) return [];
  return [invalidField("spec.loadBalancerClass", next.loadBalancerClass, fixed)];
}

function healthCheckChangeErrors(next: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  if (!needsHealthCheckNodePort(next) || !needsHealthCheckNodePort(old)) return [];
  return next.healthCheckNodePort === old.healthCheckNodePort
    ? []
    : [forbiddenField("spec.healthCheckNodePort", "field is immutable")];
}
