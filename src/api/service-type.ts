/** What a Service needs because of its type, and what it has. Everything takes a spec that may still lack its defaults. */
import type { ServiceSpec } from "./service.ts";

type Spec = Partial<ServiceSpec>;

/** Every type but ExternalName has an address of its own, be it "None". */
export function needsClusterIp({ type }: Spec): boolean {
  return type !== "ExternalName";
}

export function needsNodePort({ type }: Spec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

/** Only load balancers that keep the client's address ask each node whether it has endpoints. */
export function needsHealthCheckNodePort({ type, externalTrafficPolicy }: Spec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

/** Whether anything from outside the cluster can reach it. */
export function isExternallyAccessible({ type, externalIPs }: Spec): boolean {
  return needsNodePort({ type } as Spec) || (type === "ClusterIP" && (externalIPs?.length ?? 0) > 0);
}

/** Headless: DNS alone leads to its endpoints. */
export function isHeadless({ clusterIPs }: Spec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === "None";
}
