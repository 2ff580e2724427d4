/** What holds for every load balancer that is told nothing else. */

/** Of spec.loadBalancerClass. */
export const loadBalancerClass = "porthole.dev/lb";

/** Where kube-proxy and Porthole's proxy serve /healthz. */
export const proxyHealthPort = 10_256;

/** Where kube-proxy and Porthole's proxy serve /metrics, if they do. */
export const proxyMetricsPort = 10_249;

/** Where /healthz, /metrics and /status are. */
export const lbStatusAddress = "127.0.0.1:10261";
