/** Routes: RTM_NEWROUTE and its kin, `struct rtmsg` of include/uapi/linux/rtnetlink.h (kernel 6.12). */
import { ipAddress } from "../address-codec.ts";
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
  readMessageHeader,
  u8,
  u32host,
} from "../codec/index.ts";
import { everything, type Family, parsePrefix } from "./family.ts";
import {
  familyNumber,
  familyOfNumber,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RT_TABLE_UNSPEC,
  RTM_DELROUTE,
  RTM_GETROUTE,
  RTM_NEWROUTE,
} from "./rtnetlink.ts";

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_TABLE = 15;

const RTPROT_UNSPEC = 0;
const RTPROT_BOOT = 3;
/** The next hop is on the link though no prefix says so. */
const RTNH_F_ONLINK = 4;
/** A copy that the kernel made for one destination; lists leave these out, events do not. */
const RTM_F_CLONED = 0x200;

/** enum of rtm_type: what happens to packets. */
const types = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
} as const;
export type RouteType = keyof typeof types;
const typeNames: ReadonlyMap<number, RouteType> = new Map(
  Object.entries(types).map(([name, number]) => [number, name as RouteType]),
);

const header = fixed({
  family: u8,
  destinationLength: u8,
  sourceLength: u8,
  tos: u8,
  table: u8,
  protocol: u8,
  scope: u8,
  type: u8,
  flags: u32host,
});
const noHeader = { sourceLength: 0, tos: 0, destinationLength: 0, protocol: 0, scope: 0, type: 0, flags: 0 };

const body = headed(
  header,
  attributes({
    destination: attr(RTA_DST, optional(ipAddress)),
    tableNumber: attr(RTA_TABLE, optional(u32host)),
    gateway: attr(RTA_GATEWAY, optional(ipAddress)),
    source: attr(RTA_PREFSRC, optional(ipAddress)),
    metric: attr(RTA_PRIORITY, optional(u32host)),
    link: attr(RTA_OIF, optional(u32host)),
  }),
);

export const newRoute = messageFormat("NEWROUTE", RTM_NEWROUTE, body);
export const deleteRoute = messageFormat("DELROUTE", RTM_DELROUTE, body);
export const getRoute = messageFormat("GETROUTE", RTM_GETROUTE, body);

export interface RouteSpec {
  /** `10.5.0.0/16`; `0.0.0.0/0` is the default route. */
  readonly destination: string;
  /** `unicast` if left out. */
  readonly type?: RouteType;
  /** Address of the next hop. */
  readonly via?: string;
  readonly linkIndex?: number;
  /** The next hop is on the link though no prefix says so. */
  readonly onLink?: boolean;
  /** Source address for the node's own packets. */
  readonly source?: string;
  readonly metric?: number;
  /** Routing table; main, 254, if left out, and for local routes local, 255. */
  readonly table?: number;
}

export interface Route extends RouteSpec {
  readonly family: Family;
  readonly type: RouteType;
  readonly table: number;
}

export interface RouteEvent {
  readonly kind: "added" | "removed";
  readonly route: Route;
}

/** Adds a route; refused with EEXIST if there is one to that destination with that metric, unless it is to be replaced. */
export function encodeAddRoute(spec: RouteSpec, { replace = false } = {}): Uint8Array {
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL);
  return newRoute.encode(toBody(spec, "add"), { flags });
}

/** Removes a route; refused with ESRCH if there is none like it. What is left out is not compared. */
export function encodeDeleteRoute(spec: RouteSpec): Uint8Array {
  return deleteRoute.encode(toBody(spec, "delete"), { flags: NLM_F_REQUEST | NLM_F_ACK });
}

/** Asks for the routes of a family, of one table (and refused with ENOENT if there is no such table) or all. */
export function encodeListRoutes(family: Family, filter: { readonly table?: number } = {}): Uint8Array {
  const value = {
    ...noHeader,
    family: familyNumber(family),
    table: 0,
    ...(filter.table !== undefined && { tableNumber: filter.table }),
  };
  return getRoute.encode(value, { flags: NLM_F_REQUEST | NLM_F_DUMP });
}

/** Reads a message of a list or an event; undefined if it is about something else. */
export function decodeRouteEvent(message: Uint8Array): RouteEvent | undefined {
  const header = readMessageHeader(message);
  if (header.type !== RTM_NEWROUTE && header.type !== RTM_DELROUTE) return undefined;
  const value = newRoute.decode(message);
  const family = familyOfNumber(value.family);
  const type = typeNames.get(value.type);
  if (!family || !type || value.flags & RTM_F_CLONED) return undefined;
  const { destination, gateway, source, metric, link } = value;
  return {
    kind: header.type === RTM_NEWROUTE ? "added" : "removed",
    route: {
      family,
      destination:
        destination === undefined ? everything[family] : `${destination}/${value.destinationLength}`,
      type,
      table: value.tableNumber ?? value.table,
      ...(gateway !== undefined && { via: gateway }),
      ...(link !== undefined && { linkIndex: link }),
      ...(value.flags & RTNH_F_ONLINK && { onLink: true }),
      ...(source !== undefined && { source }),
      ...(metric !== undefined && { metric }),
    },
  };
}

function toBody(spec: RouteSpec, purpose: "add" | "delete") {
  const { via, linkIndex, source, metric, type = "unicast" } = spec;
  const table = spec.table ?? (type === "local" ? RT_TABLE_LOCAL : RT_TABLE_MAIN);
  const { family, address, length } = parsePrefix(spec.destination);
  return {
    ...noHeader,
    family: familyNumber(family),
    destinationLength: length,
    table: table <= 255 ? table : RT_TABLE_UNSPEC,
    protocol: purpose === "add" ? RTPROT_BOOT : RTPROT_UNSPEC,
    scope: scopeFor(spec, family, purpose),
    // A deletion that names no type fits all types.
    type: purpose === "delete" && spec.type === undefined ? 0 : types[type],
    flags: spec.onLink ? RTNH_F_ONLINK : 0,
    ...(length > 0 && { destination: address }),
    ...(table > 255 && { tableNumber: table }),
    ...(via !== undefined && { gateway: via }),
    ...(source !== undefined && { source }),
    ...(metric !== undefined && { metric }),
    ...(linkIndex !== undefined && { link: linkIndex }),
  };
}

/** As `ip route` chooses it: what is reached without a next hop is on the link. IPv6 has no scopes. */
function scopeFor({ type = "unicast", via }: RouteSpec, family: Family, purpose: "add" | "delete"): number {
  if (family === "IPv6") return RT_SCOPE_UNIVERSE;
  if (purpose === "delete") return RT_SCOPE_NOWHERE;
  if (type === "local") return RT_SCOPE_HOST;
  return type === "unicast" && via === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}
