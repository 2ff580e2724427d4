/** Validation of a Service, in kube-apiserver's words and order (kubernetes/pkg/apis/core/validation ValidateService). */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "./field-error.ts";
import type { Service, ServiceSpec } from "./service.ts";
import { isHeadless } from "./service-type.ts";
import { validateServiceAddresses } from "./service-validate-addresses.ts";
import { validatePortsTogether, validateServicePorts } from "./service-validate-ports.ts";
import {
  validateAffinity,
  validateLoadBalancing,
  validateSourceRanges,
  validateTrafficPolicies,
} from "./service-validate-traffic.ts";
import { validateLegacyIp, validateNonSpecialIp } from "./validation/addresses.ts";
import { validateLabels } from "./validation/labels.ts";
import { dnsSubdomainProblems } from "./validation/syntax.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/** Everything but metadata. What `old` already has in an older, looser form is let pass. */
export function validateService(service: Service, old?: Service): readonly FieldError[] {
  const { spec } = service;
  const { ports = [], externalIPs = [], type } = spec;
  const needsPorts = !isHeadless(spec) && type !== "ExternalName";
  return [
    ...topologyErrors(service),
    ...(ports.length === 0 && needsPorts ? [requiredField("spec.ports")] : []),
    ...typeErrors(spec),
    ...validateServicePorts(spec),
    ...validateLabels(spec.selector, "spec.selector"),
    ...validateAffinity(spec),
    ...validateServiceAddresses(service, old),
    ...externalIPs.flatMap((ip, index) => externalIpErrors(ip, index, old)),
    ...(type === undefined ? [requiredField("spec.type")] : []),
    ...(type === undefined || types.includes(type) ? [] : [unsupportedField("spec.type", type, types)]),
    ...validatePortsTogether(spec),
    ...validateSourceRanges(service, old),
    ...validateLoadBalancing(spec),
    ...validateTrafficPolicies(spec),
  ];
}

const hintsAnnotation = "service.kubernetes.io/topology-aware-hints";
const modeAnnotation = "service.kubernetes.io/topology-mode";

function topologyErrors({ metadata: { annotations = {} } }: Service): readonly FieldError[] {
  const hints = annotations[hintsAnnotation];
  const mode = annotations[modeAnnotation];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const detail = `must match annotations[${hintsAnnotation}] when both are specified`;
  return [invalidField(`metadata.annotations[${modeAnnotation}]`, mode, detail)];
}

/** What the type rules out, and what ExternalName needs. */
function typeErrors(spec: ServiceSpec): readonly FieldError[] {
  const { type } = spec;
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    return [invalidField("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`)];
  }
  if (type !== "ExternalName") return [];
  const misplaced = [
    ...(spec.clusterIPs?.length ? ["spec.clusterIPs"] : []),
    ...(spec.ipFamilies?.length ? ["spec.ipFamilies"] : []),
    ...(spec.ipFamilyPolicy === undefined ? [] : ["spec.ipFamilyPolicy"]),
  ].map((field) => forbiddenField(field, "may not be set for ExternalName services"));
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") return [...misplaced, requiredField("spec.externalName")];
  return [...misplaced, ...problemsField("spec.externalName", name, dnsSubdomainProblems(name))];
}

function externalIpErrors(ip: string, index: number, old: Service | undefined): readonly FieldError[] {
  const field = `spec.externalIPs[${index}]`;
  const errors = validateLegacyIp(ip, field, old?.spec.externalIPs);
  return errors.length > 0 ? errors : validateNonSpecialIp(ip, field);
}
