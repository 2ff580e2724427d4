/** ProxyMode: how a proxy forwards. */
export const proxyModes = ["nftables", "iptables", "userspace"] as const;
/** `auto`: the first of them that works on this node. */
export type ProxyMode = (typeof proxyModes)[number] | "auto";
