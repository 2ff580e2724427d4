/** Tells of the packet in the kernel's log, `[ log prefix hello level 6 flags 0x1 ]`, or to a listener, `[ log prefix g group 3 … ]`. */
import { asciiz, attr, optional, u16be, u32be } from "../../codec/index.ts";
import { expression, formatFlags } from "./define.ts";

const NFTA_LOG_GROUP = 1;
const NFTA_LOG_PREFIX = 2;
const NFTA_LOG_SNAPLEN = 3;
const NFTA_LOG_QTHRESHOLD = 4;
const NFTA_LOG_LEVEL = 5;
const NFTA_LOG_FLAGS = 6;

export const log = expression(
  {
    prefix: attr(NFTA_LOG_PREFIX, optional(asciiz)),
    /** Of a listener (nfnetlink_log); without one the kernel's log is meant. */
    group: attr(NFTA_LOG_GROUP, optional(u16be)),
    snapLength: attr(NFTA_LOG_SNAPLEN, optional(u32be)),
    queueThreshold: attr(NFTA_LOG_QTHRESHOLD, optional(u16be)),
    /** syslog(3). */
    level: attr(NFTA_LOG_LEVEL, optional(u32be)),
    /** NF_LOG_…. */
    flags: attr(NFTA_LOG_FLAGS, optional(u32be)),
  },
  ({ prefix, group, snapLength = 0, queueThreshold = 0, level = 4, flags }) => {
    const start = `log${prefix === undefined ? "" : ` prefix ${prefix}`}`;
    if (group === undefined) return `${start} level ${level}${formatFlags(flags)}`;
    return `${start} group ${group} snaplen ${snapLength} qthreshold ${queueThreshold}`;
  },
);
