/** What other rooms use of the operating system. */
export { addressBytes } from "../lib/address-bytes.ts";
export { buildSourceFilter, type SourceFilter, type SourceFilterProgram } from "./classic-bpf.ts";
export { runSourceFilter } from "./classic-bpf-interpreter.ts";
export { type Libc, openLibc } from "./ffi.ts";
export { listMarkedProcesses, type MarkedProcess } from "./marked-processes.ts";
export type { NetlinkAnswer } from "./netlink-answer.ts";
export { formatRefusal, isNetlinkError, NetlinkError, type NetlinkRefusal } from "./netlink-error.ts";
export {
  type NamespaceHandle,
  NETLINK_GENERIC,
  NETLINK_NETFILTER,
  NETLINK_ROUTE,
  type NetlinkProtocol,
  type NetlinkSocket,
  openNetlinkSocket,
} from "./netlink-socket.ts";
export { findPortOwner, formatPortOwner, type PortOwner } from "./port-owner.ts";
export type { SocketQuery } from "./proc-net.ts";
export { processStartTime } from "./process-start-time.ts";
export { openPseudoTerminal, type PseudoTerminal } from "./pseudo-terminal.ts";
export { SystemCallError } from "./system-call-error.ts";
