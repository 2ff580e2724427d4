/** Links: RTM_NEWLINK and its kin, include/uapi/linux/if_link.h (kernel 6.12). */
import { linkLayerAddress } from "../address-codec.ts";
import {
  asciiz,
  attr,
  attributes,
  bytes,
  type Codec,
  encode,
  fixed,
  headed,
  messageFormat,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  nestUnmarked,
  optional,
  padding,
  readMessageHeader,
  s32host,
  u8,
  u16host,
  u32host,
} from "../codec/index.ts";
import { RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK } from "./rtnetlink.ts";

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;

// include/uapi/linux/if.h
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;

const header = fixed({
  family: u8,
  pad: padding(1),
  type: u16host,
  index: s32host,
  flags: u32host,
  change: u32host,
});
const noHeader = { family: 0, type: 0, index: 0, flags: 0, change: 0 };

/** The peer stands in a veth's data as a message's body of its own. */
const peer = nestUnmarked(
  headed(
    header,
    attributes({ namespace: attr(IFLA_NET_NS_FD, optional(s32host)), name: attr(IFLA_IFNAME, asciiz) }),
  ),
);
const vethData = attributes({ peer: attr(VETH_INFO_PEER, peer) });
/** `ip` writes the kind without a zero byte behind it. */
const kind: Codec<string> = { ...asciiz, write: (writer, value) => writer.text(value) };
const info = nestUnmarked(
  attributes({
    kind: attr(IFLA_INFO_KIND, optional(kind)),
    /** What is in it depends on the kind. */
    data: attr(IFLA_INFO_DATA, optional(bytes)),
  }),
);

const body = headed(
  header,
  attributes({
    address: attr(IFLA_ADDRESS, optional(linkLayerAddress)),
    name: attr(IFLA_IFNAME, optional(asciiz)),
    mtu: attr(IFLA_MTU, optional(u32host)),
    link: attr(IFLA_LINK, optional(s32host)),
    master: attr(IFLA_MASTER, optional(u32host)),
    namespace: attr(IFLA_NET_NS_FD, optional(s32host)),
    info: attr(IFLA_LINKINFO, optional(info)),
  }),
);

export const newLink = messageFormat("NEWLINK", RTM_NEWLINK, body);
export const deleteLink = messageFormat("DELLINK", RTM_DELLINK, body);
export const getLink = messageFormat("GETLINK", RTM_GETLINK, body);

/** A link to be made. */
export type LinkSpec =
  | { readonly kind: "bridge" | "dummy"; readonly name: string }
  | { readonly kind: "veth"; readonly name: string; readonly peer: VethPeer };

export interface VethPeer {
  readonly name: string;
  /** A file descriptor of the namespace that the peer is to be in; that of the link itself if left out. */
  readonly namespace?: number;
}

/** What is to change of a link; what is left out stays. */
export interface LinkChange {
  readonly up?: boolean;
  readonly name?: string;
  readonly mtu?: number;
  /** `02:00:00:00:00:01` */
  readonly address?: string;
  /** Index of the bridge that it becomes a port of; 0: of none. */
  readonly masterIndex?: number;
  /** A file descriptor of the network namespace to move it to. It goes down and loses its addresses. */
  readonly namespace?: number;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge`; undefined for what no driver names, such as the loopback link and real cards. */
  readonly kind?: string;
  readonly address?: string;
  readonly mtu: number;
  readonly up: boolean;
  /** Up, and so is what it stands on: the other end of a veth pair, a cable. */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly masterIndex?: number;
}

export interface LinkEvent {
  readonly kind: "added" | "removed";
  readonly link: Link;
}

/** Makes a link; refused with EEXIST if the name is taken. */
export function encodeAddLink(spec: LinkSpec): Uint8Array {
  const value = {
    ...noHeader,
    name: spec.name,
    info: {
      kind: spec.kind,
      ...(spec.kind === "veth" && { data: encode(vethData, { peer: { ...noHeader, ...spec.peer } }) }),
    },
  };
  return newLink.encode(value, { flags: NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL });
}

export function encodeChangeLink(index: number, change: LinkChange): Uint8Array {
  const { up, name, mtu, address, masterIndex, namespace } = change;
  const value = {
    ...noHeader,
    index,
    flags: up ? IFF_UP : 0,
    change: up === undefined ? 0 : IFF_UP,
    ...(address !== undefined && { address }),
    ...(name !== undefined && { name }),
    ...(mtu !== undefined && { mtu }),
    ...(masterIndex !== undefined && { master: masterIndex }),
    ...(namespace !== undefined && { namespace }),
  };
  return newLink.encode(value, { flags: NLM_F_REQUEST | NLM_F_ACK });
}

/** Deletes a link, the other end of a veth pair too. */
export function encodeDeleteLink(index: number): Uint8Array {
  return deleteLink.encode({ ...noHeader, index }, { flags: NLM_F_REQUEST | NLM_F_ACK });
}

/** Asks for the link of a name; refused with ENODEV if there is none. */
export function encodeGetLink(name: string): Uint8Array {
  return getLink.encode({ ...noHeader, name }, { flags: NLM_F_REQUEST });
}

export function encodeListLinks(): Uint8Array {
  return getLink.encode(noHeader, { flags: NLM_F_REQUEST | NLM_F_DUMP });
}

/** Reads a message of a list or an event; undefined if it is about something else. */
export function decodeLinkEvent(message: Uint8Array): LinkEvent | undefined {
  const { type } = readMessageHeader(message);
  if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return undefined;
  const { family, index, flags, name, mtu, address, master, info: driver } = newLink.decode(message);
  // Bridges tell of their ports in messages of their own family, which repeat the link.
  if (family !== 0 || name === undefined) return undefined;
  return {
    kind: type === RTM_NEWLINK ? "added" : "removed",
    link: {
      index,
      name,
      mtu: mtu ?? 0,
      up: (flags & IFF_UP) !== 0,
      running: (flags & IFF_RUNNING) !== 0,
      loopback: (flags & IFF_LOOPBACK) !== 0,
      ...(driver?.kind !== undefined && { kind: driver.kind }),
      ...(address !== undefined && { address }),
      ...(master !== undefined && { masterIndex: master }),
    },
  };
}
