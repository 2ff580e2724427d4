/** Netlink messages: `struct nlmsghdr` of include/uapi/linux/netlink.h (kernel 6.12) and a body. */
import { hostIsLittleEndian } from "./byte-order.ts";
import { type Codec, inputOf } from "./codec.ts";
import { AttributeFound, WireError } from "./wire-error.ts";
import { Writer } from "./writer.ts";

export const NLMSG_HEADER_BYTES = 16;

export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSG_OVERRUN = 4;

export const NLM_F_REQUEST = 0x01;
export const NLM_F_MULTI = 0x02;
export const NLM_F_ACK = 0x04;
export const NLM_F_ECHO = 0x08;
export const NLM_F_DUMP_INTR = 0x10;
/** Of requests to list. */
export const NLM_F_ROOT = 0x100;
export const NLM_F_MATCH = 0x200;
export const NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;
/** Of requests to add. */
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
/** Of requests to delete. */
export const NLM_F_NONREC = 0x100;
/** Of acknowledgements. */
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ACK_TLVS = 0x200;

export interface MessageHeader {
  /** Of the message with its header, without padding behind it. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
}

export interface MessageOptions {
  readonly flags: number;
  /** 0 if left out: a socket gives its own. */
  readonly sequence?: number;
}

/** A kind of message. */
export interface MessageFormat<T> {
  /** As the kernel spells it, without its prefix: `NEWRULE`. */
  readonly name: string;
  readonly type: number;
  /** Appends a message with header and padding. Throws WireError. */
  write(writer: Writer, value: T, options: MessageOptions): void;
  /** Returns one message. Throws WireError. */
  encode(value: T, options: MessageOptions): Uint8Array<ArrayBuffer>;
  /** Reads a message's body; its type is not looked at. Throws WireError. */
  decode(message: Uint8Array): T;
  /** Returns the way to the attribute that begins at a byte of the message, as errors name it: `NEWRULE.expressions[1].lookup.set`. */
  locate(message: Uint8Array, offset: number): string | undefined;
  /** `NEWRULE family=2 table="porthole" …`. */
  format(value: T): string;
}

export function messageFormat<T>(name: string, type: number, body: Codec<T>): MessageFormat<T> {
  const write = (writer: Writer, value: T, { flags, sequence = 0 }: MessageOptions): void => {
    const start = writer.length;
    writer.zeros(4);
    writer.u16(type, hostIsLittleEndian);
    writer.u16(flags, hostIsLittleEndian);
    writer.u32(sequence, hostIsLittleEndian);
    writer.u32(0, hostIsLittleEndian);
    try {
      body.write(writer, value);
    } catch (error) {
      throw error instanceof WireError ? error.within(name).finish("encode") : error;
    }
    writer.patchU32(start, writer.length - start);
    writer.align();
  };
  return {
    name,
    type,
    write,
    encode(value, options) {
      const writer = new Writer();
      write(writer, value, options);
      return writer.finish();
    },
    decode(message) {
      const { length } = readMessageHeader(message);
      try {
        return body.read(inputOf(message), NLMSG_HEADER_BYTES, length);
      } catch (error) {
        throw error instanceof WireError ? error.within(name).finish("decode") : error;
      }
    },
    locate(message, offset) {
      const { length } = readMessageHeader(message);
      try {
        body.read(inputOf(message, offset), NLMSG_HEADER_BYTES, length);
        return undefined;
      } catch (error) {
        if (error instanceof AttributeFound) return error.within(name).path;
        if (error instanceof WireError) return undefined;
        throw error;
      }
    },
    format: (value) => `${name} ${body.format(value)}`,
  };
}

/** Reads the header. Throws WireError if the message is cut off. */
export function readMessageHeader(message: Uint8Array): MessageHeader {
  if (message.length < NLMSG_HEADER_BYTES)
    throw new WireError(`message of ${message.length} bytes, ${NLMSG_HEADER_BYTES} is the least`).finish(
      "decode",
    );
  const { view } = inputOf(message);
  const length = view.getUint32(0, hostIsLittleEndian);
  if (length < NLMSG_HEADER_BYTES || length > message.length)
    throw new WireError(`message length ${length} where ${message.length} bytes are left`).finish("decode");
  return {
    length,
    type: view.getUint16(4, hostIsLittleEndian),
    flags: view.getUint16(6, hostIsLittleEndian),
    sequence: view.getUint32(8, hostIsLittleEndian),
    port: view.getUint32(12, hostIsLittleEndian),
  };
}

/** The messages that one send or receive holds, each a view without padding. Throws WireError if one is cut off. */
export function* eachMessage(datagram: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at + NLMSG_HEADER_BYTES <= datagram.length; ) {
    const { length } = readMessageHeader(datagram.subarray(at));
    yield datagram.subarray(at, at + length);
    at += (length + 3) & ~3;
  }
}
