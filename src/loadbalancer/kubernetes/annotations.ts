/** What Services say to a load balancer beside their fields. */
export const annotations = {
  /** An address, or one of each family with a comma between: for type LoadBalancer instead of spec.loadBalancerIP; makes a NodePort Service ours. */
  address: "porthole.dev/load-balancer-address",
  /** NodePort Services: where clients find its ports, `80` or `http=80,https=443`; absent: at the ports of the Service. */
  ports: "porthole.dev/load-balancer-ports",
  pool: "porthole.dev/load-balancer-pool",
  sharing: "porthole.dev/load-balancer-sharing",
  /** `v1` or `v2`: the PROXY header that the NodePorts get. */
  proxyProtocol: "porthole.dev/load-balancer-proxy-protocol",
} as const;
