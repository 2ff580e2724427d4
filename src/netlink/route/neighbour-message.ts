/** Neighbours, the addresses behind addresses: RTM_NEWNEIGH and its kin, include/uapi/linux/neighbour.h (kernel 6.12). */
import { ipAddress, linkLayerAddress } from "../address-codec.ts";
import {
  attr,
  attributes,
  fixed,
  headed,
  messageFormat,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  optional,
  padding,
  readMessageHeader,
  u8,
  u16host,
  u32host,
} from "../codec/index.ts";
import { type Family, familyOf } from "./family.ts";
import { familyNumber, familyOfNumber, RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH } from "./rtnetlink.ts";

const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_IFINDEX = 8;
const NUD_PERMANENT = 0x80;

const header = fixed({
  family: u8,
  pad: padding(3),
  linkIndex: u32host,
  state: u16host,
  flags: u8,
  type: u8,
});

const body = headed(
  header,
  attributes({
    address: attr(NDA_DST, optional(ipAddress)),
    linkLayerAddress: attr(NDA_LLADDR, optional(linkLayerAddress)),
    onlyLink: attr(NDA_IFINDEX, optional(u32host)),
  }),
);

export const newNeighbour = messageFormat("NEWNEIGH", RTM_NEWNEIGH, body);
export const deleteNeighbour = messageFormat("DELNEIGH", RTM_DELNEIGH, body);
export const getNeighbour = messageFormat("GETNEIGH", RTM_GETNEIGH, body);

/** Who has an address, once and for all: nobody is asked, and nobody can say otherwise. */
export interface NeighbourSpec {
  readonly linkIndex: number;
  readonly address: string;
  /** `02:00:00:00:00:09` */
  readonly linkLayerAddress: string;
}

export interface Neighbour {
  readonly linkIndex: number;
  readonly family: Family;
  readonly address: string;
  /** Absent while it is asked for, or if nobody answered. */
  readonly linkLayerAddress?: string;
  readonly permanent: boolean;
}

/** Adds a neighbour; refused with EEXIST if there is one of that address, unless it is to be replaced. */
export function encodeAddNeighbour(spec: NeighbourSpec, { replace = false } = {}): Uint8Array {
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL);
  const value = { ...toHeader(spec), address: spec.address, linkLayerAddress: spec.linkLayerAddress };
  return newNeighbour.encode(value, { flags });
}

/** Removes a neighbour; refused with ENOENT if there is none of that address. */
export function encodeDeleteNeighbour(spec: Omit<NeighbourSpec, "linkLayerAddress">): Uint8Array {
  const value = { ...toHeader(spec), address: spec.address };
  return deleteNeighbour.encode(value, { flags: NLM_F_REQUEST | NLM_F_ACK });
}

/** Asks for the neighbours of both families, on one link or on all. */
export function encodeListNeighbours(filter: { readonly linkIndex?: number } = {}): Uint8Array {
  const { linkIndex } = filter;
  const value = {
    family: 0,
    linkIndex: 0,
    state: 0,
    flags: 0,
    type: 0,
    ...(linkIndex !== undefined && { onlyLink: linkIndex }),
  };
  return getNeighbour.encode(value, { flags: NLM_F_REQUEST | NLM_F_DUMP });
}

/** Reads a message of a list; undefined if it is about something else. */
export function decodeNeighbour(message: Uint8Array): Neighbour | undefined {
  if (readMessageHeader(message).type !== RTM_NEWNEIGH) return undefined;
  const value = newNeighbour.decode(message);
  const family = familyOfNumber(value.family);
  if (!family || value.address === undefined) return undefined;
  return {
    linkIndex: value.linkIndex,
    family,
    address: value.address,
    ...(value.linkLayerAddress !== undefined && { linkLayerAddress: value.linkLayerAddress }),
    permanent: (value.state & NUD_PERMANENT) !== 0,
  };
}

function toHeader({ linkIndex, address }: Omit<NeighbourSpec, "linkLayerAddress">) {
  return { family: familyNumber(familyOf(address)), linkIndex, state: NUD_PERMANENT, flags: 0, type: 0 };
}
