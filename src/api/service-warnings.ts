/** What the API server warns of when a Service is written (kubernetes/pkg/api/service/warnings.go). */
import type { Service } from "./service.ts";
import { cidrWarnings, ipWarnings } from "./validation/addresses.ts";

const topologyHints = "service.kubernetes.io/topology-aware-hints";
const topologyMode = "service.kubernetes.io/topology-mode";

export function serviceWarnings({ metadata, spec }: Service): readonly string[] {
  const { clusterIPs = [], externalIPs = [], loadBalancerSourceRanges = [] } = spec;
  const headless = spec.type === "ClusterIP" && spec.clusterIP === "None";
  const warnings: string[] = [];
  if (metadata.annotations?.[topologyHints] !== undefined) {
    warnings.push(`annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`);
  }
  for (const [index, ip] of clusterIPs.entries()) {
    if (ip !== "None") warnings.push(...ipWarnings(ip, `spec.clusterIPs[${index}]`));
  }
  if (headless) warnings.push(...headlessWarnings(spec));
  for (const [index, ip] of externalIPs.entries()) {
    warnings.push(...ipWarnings(ip, `spec.externalIPs[${index}]`));
  }
  if (externalIPs.length > 0 && !headless && spec.type !== "ExternalName") {
    warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
  }
  if (spec.loadBalancerIP) warnings.push(...ipWarnings(spec.loadBalancerIP, "spec.loadBalancerIP"));
  for (const [index, range] of loadBalancerSourceRanges.entries()) {
    warnings.push(...cidrWarnings(range, `spec.loadBalancerSourceRanges[${index}]`));
  }
  if (spec.type === "ExternalName" && externalIPs.length > 0) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (spec.type !== "ExternalName" && spec.externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === "PreferClose") {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}

function headlessWarnings({
  loadBalancerIP,
  externalIPs = [],
  sessionAffinity,
}: Service["spec"]): readonly string[] {
  return [
    ...(loadBalancerIP ? ["spec.loadBalancerIP is ignored for headless services"] : []),
    ...(externalIPs.length > 0 ? ["spec.externalIPs is ignored for headless services"] : []),
    ...(sessionAffinity !== "None" ? ["spec.SessionAffinity is ignored for headless services"] : []),
  ];
}
