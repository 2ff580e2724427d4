/** Addresses of links: RTM_NEWADDR and its kin, include/uapi/linux/if_addr.h (kernel 6.12). */
import { ipAddress } from "../address-codec.ts";
import {
  asciiz,
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
  readMessageHeader,
  u8,
  u32host,
} from "../codec/index.ts";
import { type Family, parsePrefix } from "./family.ts";
import {
  familyNumber,
  familyOfNumber,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
  type Scope,
  scopeNumber,
  scopeOf,
} from "./rtnetlink.ts";

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
/** Since kernel 5.18; older ones ignore it. */
const IFA_PROTO = 11;

const IFA_F_NODAD = 0x02;
const IFA_F_DADFAILED = 0x08;
const IFA_F_DEPRECATED = 0x20;
const IFA_F_TENTATIVE = 0x40;

/** `struct ifa_cacheinfo`: seconds, 0xffffffff for ever; when it was made and changed. */
const cacheInfo = fixed({ preferred: u32host, valid: u32host, created: u32host, updated: u32host });
const forever = 0xffffffff;

const header = fixed({ family: u8, prefixLength: u8, flags: u8, scope: u8, index: u32host });
const body = headed(
  header,
  attributes({
    local: attr(IFA_LOCAL, optional(ipAddress)),
    address: attr(IFA_ADDRESS, optional(ipAddress)),
    label: attr(IFA_LABEL, optional(asciiz)),
    flags32: attr(IFA_FLAGS, optional(u32host)),
    lifetimes: attr(IFA_CACHEINFO, optional(cacheInfo)),
    protocol: attr(IFA_PROTO, optional(u8)),
  }),
);

export const newAddress = messageFormat("NEWADDR", RTM_NEWADDR, body);
export const deleteAddress = messageFormat("DELADDR", RTM_DELADDR, body);
export const getAddress = messageFormat("GETADDR", RTM_GETADDR, body);

/** An address to be had. */
export interface AddressSpec {
  readonly linkIndex: number;
  /** With the length of the prefix that is reached directly: `10.1.0.1/24`. */
  readonly address: string;
  /** `global` if left out. */
  readonly scope?: Scope;
  /** IPv6: use it at once, without asking whether somebody else has it. */
  readonly noDuplicateDetection?: boolean;
  /** IPv6: others are taken as source for new connections. */
  readonly deprecated?: boolean;
  /** The kernel removes it by itself after so long, unless it is replaced before. For ever if left out. */
  readonly validSeconds?: number;
  /** Who made it, as routes have it: 4 to 255 are for programs to choose. Kernels before 5.18 forget it. */
  readonly protocol?: number;
}

/** An address that a link has. */
export interface LinkAddress {
  readonly linkIndex: number;
  readonly family: Family;
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: Scope;
  /** IPv6: not in use yet, or never, since somebody else has it. */
  readonly tentative: boolean;
  /** Others are taken as source for new connections. */
  readonly deprecated: boolean;
  /** Who made it; undefined for most, and on kernels before 5.18. */
  readonly protocol?: number;
}

/** Says what happened to an address. */
export interface AddressEvent {
  readonly kind: "added" | "removed";
  readonly address: LinkAddress;
}

/** Adds an address; refused with EEXIST if the link has it, unless it is to be replaced. */
export function encodeAddAddress(spec: AddressSpec, { replace = false } = {}): Uint8Array {
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL);
  return newAddress.encode(toBody(spec), { flags });
}

/** Removes an address; refused with EADDRNOTAVAIL if the link does not have it. */
export function encodeDeleteAddress(spec: AddressSpec): Uint8Array {
  return deleteAddress.encode(toBody(spec), { flags: NLM_F_REQUEST | NLM_F_ACK });
}

/** Asks for all addresses, of one family or link if told so. */
export function encodeListAddresses(
  filter: { readonly family?: Family; readonly linkIndex?: number } = {},
): Uint8Array {
  const { family, linkIndex = 0 } = filter;
  const all = { family: familyNumber(family), prefixLength: 0, flags: 0, scope: 0, index: linkIndex };
  return getAddress.encode(all, { flags: NLM_F_REQUEST | NLM_F_DUMP });
}

/** Reads a message of a list or an event; undefined if it is about something else. */
export function decodeAddressEvent(message: Uint8Array): AddressEvent | undefined {
  const { type } = readMessageHeader(message);
  if (type !== RTM_NEWADDR && type !== RTM_DELADDR) return undefined;
  const value = newAddress.decode(message);
  const family = familyOfNumber(value.family);
  // On links between two ends, IFA_ADDRESS is the other end's.
  const address = value.local ?? value.address;
  if (!family || address === undefined) return undefined;
  const flags = value.flags32 ?? value.flags;
  return {
    kind: type === RTM_NEWADDR ? "added" : "removed",
    address: {
      linkIndex: value.index,
      family,
      address,
      prefixLength: value.prefixLength,
      scope: scopeOf(value.scope),
      tentative: (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
      deprecated: (flags & IFA_F_DEPRECATED) !== 0,
      ...(value.protocol !== undefined && { protocol: value.protocol }),
    },
  };
}

function toBody(spec: AddressSpec) {
  const {
    linkIndex,
    address: text,
    scope = "global",
    noDuplicateDetection,
    deprecated,
    validSeconds,
    protocol,
  } = spec;
  const valid = validSeconds ?? forever;
  const { family, address, length } = parsePrefix(text);
  return {
    family: familyNumber(family),
    prefixLength: length,
    flags: noDuplicateDetection ? IFA_F_NODAD : 0,
    scope: scopeNumber(scope),
    index: linkIndex,
    local: address,
    address,
    ...((deprecated || validSeconds !== undefined) && {
      lifetimes: { preferred: deprecated ? 0 : valid, valid, created: 0, updated: 0 },
    }),
    ...(protocol !== undefined && { protocol }),
  };
}
