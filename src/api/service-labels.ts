/** Labels that say whose business a Service is; slices carry those of their Service. */
import type { Service } from "./service.ts";

/** On Services without an address of their own: no proxy has to do with them. */
export const headlessLabel = "service.kubernetes.io/headless";
/** Whose business a Service is, if not that of proxies without a name. */
export const proxyNameLabel = "service.kubernetes.io/service-proxy-name";

/** Whether a proxy has to do with it: without `proxyName` one that names no proxy, with it one that names this. */
export function isForProxy({ metadata, spec }: Service, proxyName?: string): boolean {
  const labels = metadata.labels ?? {};
  if (labels[headlessLabel] !== undefined || labels[proxyNameLabel] !== proxyName) return false;
  const clusterIP = spec.clusterIP ?? spec.clusterIPs?.[0];
  return spec.type !== "ExternalName" && clusterIP !== undefined && clusterIP !== "" && clusterIP !== "None";
}
