/** NLMSG_ERROR and NLMSG_DONE: what the kernel says to a request, `struct nlmsgerr` and enum nlmsgerr_attrs. */
import { attr, attributes, nested, optional } from "./attributes.ts";
import { hostIsLittleEndian } from "./byte-order.ts";
import { type Decoded, decode, inputOf } from "./codec.ts";
import {
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HEADER_BYTES,
  readMessageHeader,
} from "./message.ts";
import { u32host, u64host } from "./numbers.ts";
import { asciiz, bytes } from "./texts.ts";

const NLMSGERR_ATTR_MSG = 1;
const NLMSGERR_ATTR_OFFS = 2;
const NLMSGERR_ATTR_COOKIE = 3;
const NLMSGERR_ATTR_POLICY = 4;
const NLMSGERR_ATTR_MISS_TYPE = 5;
const NLMSGERR_ATTR_MISS_NEST = 6;

// enum netlink_policy_type_attr
const NL_POLICY_TYPE_ATTR_TYPE = 1;
const NL_POLICY_TYPE_ATTR_MIN_VALUE_U = 4;
const NL_POLICY_TYPE_ATTR_MAX_VALUE_U = 5;
const NL_POLICY_TYPE_ATTR_MIN_LENGTH = 6;
const NL_POLICY_TYPE_ATTR_MAX_LENGTH = 7;

/** Present if the socket asked for it (NETLINK_EXT_ACK). */
export const extendedAck = attributes({
  /** The kernel's words. */
  message: attr(NLMSGERR_ATTR_MSG, optional(asciiz)),
  /** Byte of the request that it is about, its header included. */
  offset: attr(NLMSGERR_ATTR_OFFS, optional(u32host)),
  cookie: attr(NLMSGERR_ATTR_COOKIE, optional(bytes)),
  /** What the attribute at `offset` should have been. */
  policy: attr(
    NLMSGERR_ATTR_POLICY,
    optional(
      nested({
        type: attr(NL_POLICY_TYPE_ATTR_TYPE, optional(u32host)),
        minimum: attr(NL_POLICY_TYPE_ATTR_MIN_VALUE_U, optional(u64host)),
        maximum: attr(NL_POLICY_TYPE_ATTR_MAX_VALUE_U, optional(u64host)),
        minimumLength: attr(NL_POLICY_TYPE_ATTR_MIN_LENGTH, optional(u32host)),
        maximumLength: attr(NL_POLICY_TYPE_ATTR_MAX_LENGTH, optional(u32host)),
      }),
    ),
  ),
  /** Type of an attribute that is missing. */
  missingType: attr(NLMSGERR_ATTR_MISS_TYPE, optional(u32host)),
  /** Byte of the request where the attribute that misses it begins. */
  missingNest: attr(NLMSGERR_ATTR_MISS_NEST, optional(u32host)),
});

export type ExtendedAck = Decoded<typeof extendedAck>;

export interface Acknowledgement extends ExtendedAck {
  /** Of the request that it answers. */
  readonly sequence: number;
  /** Positive, as errno.h has it; 0 if the request succeeded. */
  readonly errno: number;
}

/** Reads NLMSG_ERROR or NLMSG_DONE; undefined if the message is something else. Throws WireError if it is cut off. */
export function readAcknowledgement(message: Uint8Array): Acknowledgement | undefined {
  const { type, flags, sequence, length } = readMessageHeader(message);
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return undefined;
  if (length < NLMSG_HEADER_BYTES + 4) return { sequence, errno: 0 };
  const { view } = inputOf(message);
  const errno = -view.getInt32(NLMSG_HEADER_BYTES, hostIsLittleEndian);
  if ((flags & NLM_F_ACK_TLVS) === 0) return { sequence, errno };
  let at = NLMSG_HEADER_BYTES + 4;
  // An error repeats the request's header, and all of the request unless it is capped.
  if (type === NLMSG_ERROR)
    at += flags & NLM_F_CAPPED ? NLMSG_HEADER_BYTES : (view.getUint32(at, hostIsLittleEndian) + 3) & ~3;
  return { ...decode(extendedAck, message.subarray(Math.min(at, length), length)), sequence, errno };
}
