/** The frame of every netlink message, `struct nlmsghdr` of include/uapi/linux/netlink.h (kernel 6.12). Pure. */
import { endianness } from "node:os";

/** Netlink's own integers are in the machine's byte order. */
export const littleEndian = endianness() === "LE";

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_MULTI = 0x02;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ACK_TLVS = 0x200;

export const headerBytes = 16;

export interface NetlinkHeader {
  /** Of the message with its header, without padding behind it. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
}

export function readHeader(message: Uint8Array): NetlinkHeader {
  const view = viewOf(message);
  return {
    length: view.getUint32(0, littleEndian),
    type: view.getUint16(4, littleEndian),
    flags: view.getUint16(6, littleEndian),
    sequence: view.getUint32(8, littleEndian),
  };
}

/**
 * Splits what one receive call gave into its messages, each a view of the datagram. Throws RangeError if a length does not fit,
 * which the kernel never sends.
 */
export function splitMessages(datagram: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  const view = viewOf(datagram);
  for (let at = 0; at + headerBytes <= datagram.length; ) {
    const length = view.getUint32(at, littleEndian);
    if (length < headerBytes || at + length > datagram.length)
      throw new RangeError(
        `Cannot read netlink messages: length ${length} at byte ${at} of ${datagram.length}`,
      );
    messages.push(datagram.subarray(at, at + length));
    at += align(length);
  }
  return messages;
}

/** Joins messages into the bytes of one send call, numbered from `firstSequence` on. */
export function joinMessages(messages: readonly Uint8Array[], firstSequence: number): Uint8Array {
  const total = messages.reduce((sum, message) => sum + align(message.length), 0);
  const joined = new Uint8Array(total);
  const view = viewOf(joined);
  let at = 0;
  messages.forEach((message, index) => {
    const length = message.length < headerBytes ? -1 : viewOf(message).getUint32(0, littleEndian);
    if (length !== message.length)
      throw new RangeError(
        `Cannot send netlink message ${index}: its header says ${length} bytes, it has ${message.length}`,
      );
    joined.set(message, at);
    view.setUint32(at + 8, (firstSequence + index) >>> 0, littleEndian);
    at += align(message.length);
  });
  return joined;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function align(length: number): number {
  return (length + 3) & ~3;
}
