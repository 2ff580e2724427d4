/** Puts netlink messages together for one send call. Pure. */
import { hostIsLittleEndian, NLMSG_HEADER_BYTES } from "../netlink/codec/index.ts";

/**
 * Joins whole messages, numbered from `firstSequence` on. Throws RangeError if a message's header and its bytes do not agree: the
 * kernel would read on in the next one.
 */
export function joinMessages(
  messages: readonly Uint8Array[],
  firstSequence: number,
): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(messages.reduce((sum, message) => sum + align(message.length), 0));
  const view = new DataView(joined.buffer);
  let at = 0;
  messages.forEach((message, index) => {
    joined.set(message, at);
    const length = message.length < NLMSG_HEADER_BYTES ? 0 : view.getUint32(at, hostIsLittleEndian);
    if (length < NLMSG_HEADER_BYTES || length > message.length || align(length) !== align(message.length))
      throw new RangeError(
        `Cannot send netlink message ${index}: its header says ${length} bytes, it has ${message.length}`,
      );
    view.setUint32(at + 8, firstSequence + index, hostIsLittleEndian);
    at += align(message.length);
  });
  return joined;
}

/** NLMSG_ALIGN of include/uapi/linux/netlink.h. */
function align(length: number): number {
  return (length + 3) & ~3;
}
