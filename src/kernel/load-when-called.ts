/**
 * The functions of this room that speak netlink, each loaded with all it needs when it is first called: tables of messages take 60 ms and
 * 8 MB, which processes that never ask the kernel do without.
 */
export const openNetlinkSocket = whenCalled(
  async () => (await import("./netlink-socket.ts")).openNetlinkSocket,
);
export const watchNetlink = whenCalled(async () => (await import("./netlink-events.ts")).watchNetlink);
export const openRouteControl = whenCalled(async () => (await import("./route.ts")).openRouteControl);
export const watchRoute = whenCalled(async () => (await import("./route-events.ts")).watchRoute);
export const openNodeAddresses = whenCalled(
  async () => (await import("./node-addresses.ts")).openNodeAddresses,
);
export const watchFlows = whenCalled(async () => (await import("./conntrack-events.ts")).watchFlows);
export const commitTransaction = whenCalled(
  async () => (await import("./commit-transaction.ts")).commitTransaction,
);
export const tracePackets = whenCalled(async () => (await import("./trace-packets.ts")).tracePackets);
export const listSetElements = whenCalled(async () => (await import("./list-elements.ts")).listSetElements);
export const openMulticastSocket = whenCalled(
  async () => (await import("./multicast-socket.ts")).openMulticastSocket,
);
export const openPacketTap = whenCalled(async () => (await import("./packet-tap.ts")).openPacketTap);
export const openRawIpSocket = whenCalled(async () => (await import("./raw-ip-socket.ts")).openRawIpSocket);
export const openPacketSocket = whenCalled(async () => (await import("./packet-socket.ts")).openPacketSocket);

export const listDropPolicies = whenCalled(async () => (await import("./drop-policies.ts")).listDropPolicies);
export const listKubeProxyRules = whenCalled(
  async () => (await import("./kube-proxy-rules.ts")).listKubeProxyRules,
);
export const openIpvs = whenCalled(async () => (await import("./ipvs.ts")).openIpvs);

export const openXtablesReader = whenCalled(
  async () => (await import("./xtables-info.ts")).openXtablesReader,
);

function whenCalled<A extends readonly unknown[], R>(
  load: () => Promise<(...args: A) => Promise<R>>,
): (...args: A) => Promise<R> {
  let loading: ReturnType<typeof load> | undefined;
  return async (...args) => {
    loading ??= load();
    return (await loading)(...args);
  };
}
