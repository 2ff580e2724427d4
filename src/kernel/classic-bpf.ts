/** Socket filters that pass or drop packets by their source address, as classic BPF programs. Pure. */
import { endianness } from "node:os";
import { parseWords } from "./address-words.ts";

/** Instructions of 8 bytes, `struct sock_filter` of include/uapi/linux/filter.h, in the machine's byte order. */
export type SourceFilterProgram = Uint8Array;

export interface SourceFilter {
  readonly family: "IPv4" | "IPv6";
  /** Sources outside all of these are dropped; absent: no such rule. */
  readonly within?: readonly string[];
  /** Addresses and CIDRs that get a verdict of their own. */
  readonly own: readonly string[];
  readonly ownPasses: boolean;
  readonly othersPass: boolean;
}

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

// include/uapi/linux/bpf_common.h
const BPF_LD_W_ABS = 0x20;
const BPF_ALU_AND_K = 0x54;
const BPF_JMP_JA = 0x05;
const BPF_JMP_JEQ_K = 0x15;
const BPF_RET_K = 0x06;
/** SKF_NET_OFF of filter.h: offsets from here on count from the network header. */
const SKF_NET_OFF = -0x100000;
/** BPF_MAXINSNS is 4096, but `net.core.optmem_max` may allow less than that. */
const maximumInstructions = 1024;

/** Offset of the source address in the network header: `struct iphdr.saddr`, `struct ipv6hdr.saddr`. */
const sourceOffset = { IPv4: 12, IPv6: 8 } as const;

const drop: Instruction = { code: BPF_RET_K, jt: 0, jf: 0, k: 0 };
const pass: Instruction = { code: BPF_RET_K, jt: 0, jf: 0, k: 0xffffffff };

/**
 * Builds the program for a filter; undefined when it would be too long for the kernel. On a listening TCP socket it
 * sees every SYN before the kernel answers it, so that a dropped client gets no answer at all.
 */
export function buildSourceFilter(filter: SourceFilter): SourceFilterProgram | undefined {
  const verdict = (passes: boolean) => (passes ? pass : drop);
  const own = filter.own.flatMap((cidr) => ifSource(filter.family, cidr, verdict(filter.ownPasses)));
  const rest = [...own, verdict(filter.othersPass)];
  const program = filter.within ? [...rangeCheck(filter.family, filter.within), ...rest] : rest;
  return program.length > maximumInstructions ? undefined : encode(program);
}

/** Falls through to a drop unless the source is in one of the CIDRs, else jumps behind it. */
function rangeCheck(family: "IPv4" | "IPv6", cidrs: readonly string[]): Instruction[] {
  const result: Instruction[] = [drop];
  for (const cidr of cidrs.toReversed()) {
    result.unshift(...ifSource(family, cidr, { code: BPF_JMP_JA, jt: 0, jf: 0, k: result.length }));
  }
  return result;
}

/** Runs `then` if the source is in the CIDR, else goes on behind it. A CIDR of the other family never matches. */
function ifSource(family: "IPv4" | "IPv6", cidr: string, then: Instruction): Instruction[] {
  const words = parseWords(family, cidr);
  if (!words) return [];
  const result: Instruction[] = [then];
  for (const [index, { value, mask }] of [...words.entries()].toReversed()) {
    if (mask === 0) continue;
    result.unshift(
      { code: BPF_LD_W_ABS, jt: 0, jf: 0, k: SKF_NET_OFF + sourceOffset[family] + index * 4 },
      { code: BPF_ALU_AND_K, jt: 0, jf: 0, k: mask },
      { code: BPF_JMP_JEQ_K, jt: 0, jf: result.length, k: value },
    );
  }
  return result;
}

function encode(instructions: readonly Instruction[]): SourceFilterProgram {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  const little = endianness() === "LE";
  for (const [index, { code, jt, jf, k }] of instructions.entries()) {
    view.setUint16(index * 8, code, little);
    view.setUint8(index * 8 + 2, jt);
    view.setUint8(index * 8 + 3, jf);
    view.setUint32(index * 8 + 4, k >>> 0, little);
  }
  return new Uint8Array(view.buffer);
}
