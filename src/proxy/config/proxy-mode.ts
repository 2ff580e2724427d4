/** ProxyMode: how a proxy forwards. */
export const proxyModes = ["nftables", "userspace"] as const;
export type ProxyMode = (typeof proxyModes)[number];
