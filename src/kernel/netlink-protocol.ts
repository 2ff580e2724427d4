/** The netlink protocols that Porthole speaks; include/uapi/linux/netlink.h. */
export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;
export const NETLINK_GENERIC = 16;
export type NetlinkProtocol = typeof NETLINK_ROUTE | typeof NETLINK_NETFILTER | typeof NETLINK_GENERIC;
