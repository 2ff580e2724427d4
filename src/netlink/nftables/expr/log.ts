/** Tells of the packet in the kernel's log, `[ log prefix hello level 6 tcpseq ]`, or to a listener, `[ log prefix g group 3 … ]`. */
import { asciiz, attr, optional, u16be, u32be } from "../../codec/index.ts";
import { expression } from "./define.ts";

const NFTA_LOG_GROUP = 1;
const NFTA_LOG_PREFIX = 2;
const NFTA_LOG_SNAPLEN = 3;
const NFTA_LOG_QTHRESHOLD = 4;
const NFTA_LOG_LEVEL = 5;
const NFTA_LOG_FLAGS = 6;

/** NF_LOG_… of include/uapi/linux/netfilter/nf_log.h, by libnftnl's names. */
const flagNames: readonly (readonly [number, string])[] = [
  [1, "tcpseq"],
  [2, "tcpopt"],
  [4, "ipopt"],
  [8, "uid"],
  [32, "macdecode"],
];

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
  ({ prefix, group, snapLength = 0, queueThreshold = 0, level = 4, flags = 0 }) => {
    const start = `log${prefix === undefined ? "" : ` prefix ${prefix}`}`;
    const names = flagNames.filter(([bit]) => flags & bit).map(([, name]) => name);
    if (group === undefined) return [`${start} level ${level}`, ...names].join(" ");
    return `${start} group ${group} snaplen ${snapLength} qthreshold ${queueThreshold}`;
  },
);
