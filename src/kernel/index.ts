/** What other rooms use of the operating system. */
export { addressBytes } from "../lib/address-bytes.ts";
export { buildSourceFilter, type SourceFilter, type SourceFilterProgram } from "./classic-bpf.ts";
export { runSourceFilter } from "./classic-bpf-interpreter.ts";
export { commitTransaction } from "./commit-transaction.ts";
export {
  type Conntrack,
  createConntrack,
  type FlowHandlers,
  openConntrack,
  watchFlows,
} from "./conntrack.ts";
export { type Libc, openLibc } from "./ffi.ts";
export { listSetElements } from "./list-elements.ts";
export { listMarkedProcesses, type MarkedProcess } from "./marked-processes.ts";
export type { NetlinkAnswer } from "./netlink-answer.ts";
export { formatRefusal, isNetlinkError, NetlinkError, type NetlinkRefusal } from "./netlink-error.ts";
export { type NetlinkEventHandlers, type NetlinkSubscription, watchNetlink } from "./netlink-events.ts";
export { list, request } from "./netlink-request.ts";
export {
  type NamespaceHandle,
  NETLINK_GENERIC,
  NETLINK_NETFILTER,
  NETLINK_ROUTE,
  type NetlinkProtocol,
  type NetlinkSocket,
  openNetlinkSocket,
} from "./netlink-socket.ts";
export {
  createNetworkNamespace,
  deleteNetworkNamespace,
  listNetworkNamespaces,
  type NetworkNamespace,
  openNetworkNamespace,
} from "./network-namespace.ts";
export {
  type NodeAddress,
  type NodeAddresses,
  type NodeAddressHandlers,
  openNodeAddresses,
} from "./node-addresses.ts";
export { findPortOwner, formatPortOwner, type PortOwner } from "./port-owner.ts";
export type { SocketQuery } from "./proc-net.ts";
export { processStartTime } from "./process-start-time.ts";
export { openPseudoTerminal, type PseudoTerminal } from "./pseudo-terminal.ts";
export { type AddOptions, openRouteControl, type RouteControl } from "./route.ts";
export { type RouteHandlers, watchRoute } from "./route-events.ts";
export { readSysctl, type SysctlPlace, writeSysctl } from "./sysctl.ts";
export { SystemCallError } from "./system-call-error.ts";
