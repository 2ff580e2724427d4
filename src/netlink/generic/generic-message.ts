/** Generic netlink: families of messages whose numbers the kernel gives out (include/uapi/linux/genetlink.h, kernel 6.12). */
import {
  type AttributeTable,
  asciiz,
  attr,
  attributes,
  fixed,
  headed,
  type MessageFormat,
  messageFormat,
  NLM_F_ACK,
  NLM_F_REQUEST,
  optional,
  padding,
  u8,
  u16host,
} from "../codec/index.ts";

const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;

/** `struct genlmsghdr` */
const header = fixed({ command: u8, version: u8, reserved: padding(2) });

export interface GenericHeader {
  readonly command: number;
  readonly version: number;
}

/** Messages of a family: the command stands in front of the attributes. */
export function genericFormat<A extends AttributeTable>(
  name: string,
  family: number,
  table: A,
): MessageFormat<GenericHeader & ReturnType<ReturnType<typeof attributes<A>>["read"]>> {
  return messageFormat(name, family, headed(header, attributes(table)));
}

const control = genericFormat("CTRL", GENL_ID_CTRL, {
  id: attr(CTRL_ATTR_FAMILY_ID, optional(u16host)),
  name: attr(CTRL_ATTR_FAMILY_NAME, optional(asciiz)),
});

/** Asks for a family's number; refused with ENOENT where the kernel has no such family. */
export function encodeGetFamily(name: string): Uint8Array {
  return control.encode(
    { command: CTRL_CMD_GETFAMILY, version: 1, name },
    { flags: NLM_F_REQUEST | NLM_F_ACK },
  );
}

/** Reads the answer to encodeGetFamily: the family's number, undefined if it tells none. */
export function decodeFamily(message: Uint8Array): number | undefined {
  return control.decode(message).id;
}
