/** Reads what the kernel answers to netlink requests, and sorts it by request. Pure. */
import type { NetlinkRefusal } from "./netlink-error.ts";
import {
  headerBytes,
  littleEndian,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  readHeader,
  viewOf,
} from "./netlink-frames.ts";

/** What the kernel answered to one request. */
export interface NetlinkAnswer {
  /** Messages other than acknowledgements: what was asked for, or an echo; headers included. */
  readonly messages: readonly Uint8Array[];
  /** An acknowledgement came, or a dump's end. */
  readonly acknowledged: boolean;
  /** Present if the kernel refused. */
  readonly refusal?: NetlinkRefusal;
}

/** An answer while it is read. */
interface OpenAnswer {
  readonly messages: Uint8Array[];
  acknowledged: boolean;
  refusal?: NetlinkRefusal;
}

/** An answer of which nothing has come yet. */
export function emptyAnswer(): OpenAnswer {
  return { messages: [], acknowledged: false };
}

/** Adds one of the kernel's messages to the answer of the request whose number it carries. */
export function addPart(answer: OpenAnswer, message: Uint8Array, part: AnswerPart): void {
  if (part.kind === "message") answer.messages.push(message);
  else if (part.refusal) answer.refusal = part.refusal;
  else answer.acknowledged = true;
}

/** What one message of the kernel means for the request whose number it carries. */
export type AnswerPart =
  | { readonly kind: "message"; readonly interrupted: boolean }
  | { readonly kind: "end"; readonly interrupted: boolean; readonly refusal?: NetlinkRefusal };

// enum nlmsgerr_attrs
const NLMSGERR_ATTR_MSG = 1;
const NLMSGERR_ATTR_OFFS = 2;

/** Reads a message: an acknowledgement or the end of a dump, with the refusal if it is one; or something else. */
export function readAnswerPart(message: Uint8Array): AnswerPart {
  const { type, flags } = readHeader(message);
  const interrupted = (flags & NLM_F_DUMP_INTR) !== 0;
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return { kind: "message", interrupted };
  if (message.length < headerBytes + 4) return { kind: "end", interrupted };
  const view = viewOf(message);
  const errno = -view.getInt32(headerBytes, littleEndian);
  if (errno <= 0) return { kind: "end", interrupted };
  const attributes = (flags & NLM_F_ACK_TLVS) === 0 ? message.length : attributesAt(message, type, flags);
  return { kind: "end", interrupted, refusal: { errno, ...readExtendedAck(message, attributes) } };
}

/** An error holds the request's header behind the errno, and all of the request unless it is capped. */
function attributesAt(message: Uint8Array, type: number, flags: number): number {
  const behindErrno = headerBytes + 4;
  if (type === NLMSG_DONE) return behindErrno;
  if (flags & NLM_F_CAPPED) return behindErrno + headerBytes;
  return behindErrno + ((viewOf(message).getUint32(behindErrno, littleEndian) + 3) & ~3);
}

function readExtendedAck(message: Uint8Array, start: number): Partial<NetlinkRefusal> {
  const view = viewOf(message);
  const result: { message?: string; offset?: number } = {};
  for (let at = start; at + 4 <= message.length; ) {
    const length = view.getUint16(at, littleEndian);
    if (length < 4 || at + length > message.length) break;
    const type = view.getUint16(at + 2, littleEndian) & 0x3fff;
    if (type === NLMSGERR_ATTR_MSG) {
      result.message = new TextDecoder().decode(message.subarray(at + 4, at + length)).replace(/\0+$/, "");
    } else if (type === NLMSGERR_ATTR_OFFS && length >= 8) {
      result.offset = view.getUint32(at + 4, littleEndian);
    }
    at += (length + 3) & ~3;
  }
  return result;
}
