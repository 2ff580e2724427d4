/** loadbalancer: the program in front of the nodes. */

export { type AddressPool, parseAddressPool } from "./addresses/address-pool.ts";
export type { BalancedBackend, BalancedFrontend, FrontendSource } from "./balanced-frontend.ts";
export { openConfigSource } from "./config/config-source.ts";
export { defaultHealthPolicy, type HealthPolicy } from "./health/health-policy.ts";
export { type KubernetesSourceOptions, openKubernetesSource } from "./kubernetes/kubernetes-source.ts";
export { untilWanted } from "./kubernetes/when-wanted.ts";
export type { BalancerMode } from "./open-balancer-dataplane.ts";
export { type LoadBalancerOptions, runLoadBalancer } from "./run-load-balancer.ts";
export type { SharingSettings } from "./share-addresses.ts";
export type {
  BackendReport,
  FrontendReport,
  StatusReport,
  VirtualRouterReport,
} from "./status/status-report.ts";
