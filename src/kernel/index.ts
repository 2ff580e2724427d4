/** What other rooms use of the operating system. Light: what speaks netlink is loaded when it is called. */
export { addressBytes } from "../lib/address-bytes.ts";
export { buildSourceFilter, type SourceFilter, type SourceFilterProgram } from "./classic-bpf.ts";
export { runSourceFilter } from "./classic-bpf-interpreter.ts";
export { type Conntrack, createConntrack, openConntrack } from "./conntrack.ts";
export type { FlowHandlers } from "./conntrack-events.ts";
export type { DropPolicy } from "./drop-policies.ts";
export { type Libc, openLibc } from "./ffi.ts";
export type { Ipvs } from "./ipvs.ts";
export type { KubeProxyRules } from "./kube-proxy-rules.ts";
export * from "./load-when-called.ts";
export { listMarkedProcesses, type MarkedProcess } from "./marked-processes.ts";
export type { MulticastSocket, MulticastSocketSpec } from "./multicast-socket.ts";
export type { NetlinkAnswer } from "./netlink-answer.ts";
export { formatRefusal, isNetlinkError, NetlinkError, type NetlinkRefusal } from "./netlink-error.ts";
export type { NetlinkEventHandlers, NetlinkSubscription } from "./netlink-events.ts";
export * from "./netlink-protocol.ts";
export { list, request } from "./netlink-request.ts";
export type { NamespaceHandle, NetlinkSocket } from "./netlink-socket.ts";
export {
  createNetworkNamespace,
  deleteNetworkNamespace,
  listNetworkNamespaces,
  type NetworkNamespace,
  openNetworkNamespace,
} from "./network-namespace.ts";
export type { NodeAddress, NodeAddresses, NodeAddressHandlers } from "./node-addresses.ts";
export type { PacketSocket } from "./packet-socket.ts";
export { findPortOwner, formatPortOwner, type PortOwner } from "./port-owner.ts";
export { listeningPorts, type SocketQuery } from "./proc-net.ts";
export { processStartTime } from "./process-start-time.ts";
export { openPseudoTerminal, type PseudoTerminal } from "./pseudo-terminal.ts";
export type { RawIpSocket } from "./raw-ip-socket.ts";
export type { RawPacket } from "./receive-raw-packet.ts";
export type { AddOptions, RouteControl } from "./route.ts";
export type { RouteHandlers } from "./route-events.ts";
export { readSysctl, type SysctlPlace, writeSysctl } from "./sysctl.ts";
export { SystemCallError } from "./system-call-error.ts";
export type { XtablesReader } from "./xtables-info.ts";
