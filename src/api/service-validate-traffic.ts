/** Validation of the fields that steer a Service's traffic: policies, affinity, health check, load balancing. */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "./field-error.ts";
import type { Service, ServiceSpec } from "./service.ts";
import { isExternallyAccessible, needsHealthCheckNodePort } from "./service-type.ts";
import { validateLegacyCidr } from "./validation/addresses.ts";
import { portNumberProblems, qualifiedNameProblems } from "./validation/syntax.ts";

const trafficPolicies = ["Cluster", "Local"];
const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const maxAffinitySeconds = 86_400;
const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";

export function validateAffinity({
  sessionAffinity,
  sessionAffinityConfig,
}: ServiceSpec): readonly FieldError[] {
  const field = "spec.sessionAffinity";
  if (!sessionAffinity) return [requiredField(field)];
  if (sessionAffinity === "None") {
    const detail = "must not be set when session affinity is None";
    return sessionAffinityConfig ? [forbiddenField(`${field}Config`, detail)] : [];
  }
  if (sessionAffinity !== "ClientIP") return [unsupportedField(field, sessionAffinity, ["ClientIP", "None"])];
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) {
    return [requiredField(`${field}Config`, "when session affinity type is ClientIP")];
  }
  if (seconds > 0 && seconds <= maxAffinitySeconds) return [];
  const detail = `must be greater than 0 and less than ${maxAffinitySeconds}`;
  return [invalidField(`${field}Config.clientIP.timeoutSeconds`, seconds, detail)];
}

const sourceRangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";

/** NOTE: Kubernetes writes `LoadBalancerSourceRanges` with a capital here. The annotation is the field's older form. */
export function validateSourceRanges({ metadata, spec }: Service, old?: Service): readonly FieldError[] {
  const { loadBalancerSourceRanges: ranges = [], type } = spec;
  const annotation = metadata.annotations?.[sourceRangesAnnotation];
  if (ranges.length === 0 && annotation === undefined) return [];
  const field =
    ranges.length > 0 ? "spec.LoadBalancerSourceRanges" : `metadata.annotations[${sourceRangesAnnotation}]`;
  const errors = type === "LoadBalancer" ? [] : [forbiddenField(field, onlyLoadBalancer)];
  if (ranges.length > 0) {
    const kept = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    const syntax = ranges.flatMap((range, index) =>
      validateLegacyCidr(range.trim(), `${field}[${index}]`, kept),
    );
    return [...errors, ...syntax];
  }
  const listed = (annotation ?? "").trim() === "" ? [] : (annotation ?? "").trim().split(",");
  return [...errors, ...listed.flatMap((range) => validateLegacyCidr(range.trim(), field))];
}

export function validateLoadBalancing(spec: ServiceSpec): readonly FieldError[] {
  const { type, allocateLoadBalancerNodePorts: allocate } = spec;
  const errors: FieldError[] = [];
  if (allocate !== undefined && type !== "LoadBalancer") {
    errors.push(forbiddenField("spec.allocateLoadBalancerNodePorts", onlyLoadBalancer));
  }
  if (allocate === undefined && type === "LoadBalancer") {
    errors.push(requiredField("allocateLoadBalancerNodePorts"));
  }
  return [...errors, ...validateLoadBalancerClass(spec)];
}

export function validateLoadBalancerClass({ type, loadBalancerClass }: ServiceSpec): readonly FieldError[] {
  const field = "spec.loadBalancerClass";
  if (loadBalancerClass === undefined) return [];
  if (type !== "LoadBalancer") return [forbiddenField(field, onlyLoadBalancer)];
  return problemsField(field, loadBalancerClass, qualifiedNameProblems(loadBalancerClass));
}

export function validateTrafficPolicies(spec: ServiceSpec): readonly FieldError[] {
  return [
    ...externalPolicyErrors(spec),
    ...healthCheckErrors(spec),
    ...internalPolicyErrors(spec),
    ...(spec.trafficDistribution === undefined || distributions.includes(spec.trafficDistribution)
      ? []
      : [unsupportedField("spec.trafficDistribution", spec.trafficDistribution, distributions)]),
  ];
}

function externalPolicyErrors(spec: ServiceSpec): readonly FieldError[] {
  const field = "spec.externalTrafficPolicy";
  const policy = spec.externalTrafficPolicy;
  if (!isExternallyAccessible(spec)) {
    return policy ? [invalidField(field, policy, "may only be set for externally-accessible services")] : [];
  }
  if (!policy) return [requiredField(field)];
  return trafficPolicies.includes(policy) ? [] : [unsupportedField(field, policy, trafficPolicies)];
}

function healthCheckErrors(spec: ServiceSpec): readonly FieldError[] {
  const field = "spec.healthCheckNodePort";
  const port = spec.healthCheckNodePort ?? 0;
  if (needsHealthCheckNodePort(spec)) {
    return port === 0 ? [requiredField(field)] : problemsField(field, port, portNumberProblems(port));
  }
  const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return port === 0 ? [] : [invalidField(field, port, detail)];
}

function internalPolicyErrors({ type, internalTrafficPolicy: policy }: ServiceSpec): readonly FieldError[] {
  const field = "spec.internalTrafficPolicy";
  if (policy === undefined) {
    const isNeeded = type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer";
    return isNeeded ? [requiredField(field)] : [];
  }
  return trafficPolicies.includes(policy) ? [] : [unsupportedField(field, policy, trafficPolicies)];
}
