/** ProxyMode: how a proxy forwards. */
export const proxyModes = ["nftables", "iptables", "ipvs", "userspace"] as const;
/** `auto`: the first of them that works on this node, but for ipvs. */
export type ProxyMode = (typeof proxyModes)[number] | "auto";
