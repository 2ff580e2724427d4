/** Numbers of include/uapi/linux/rtnetlink.h (kernel 6.12) that all of this folder uses. */
import type { Family } from "./family.ts";

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
export const RTM_GETNEIGH = 30;
export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;

/** Groups of events, enum rtnetlink_groups. */
export const RTNLGRP_LINK = 1;
export const RTNLGRP_IPV4_IFADDR = 5;
export const RTNLGRP_IPV4_ROUTE = 7;
export const RTNLGRP_IPV6_IFADDR = 9;
export const RTNLGRP_IPV6_ROUTE = 11;

/** Routing tables, enum rt_class_t. */
export const RT_TABLE_UNSPEC = 0;
export const RT_TABLE_MAIN = 254;
export const RT_TABLE_LOCAL = 255;

/** enum rt_scope_t */
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_LINK = 253;
export const RT_SCOPE_HOST = 254;
export const RT_SCOPE_NOWHERE = 255;

/** How far an address or a route is good. */
export type Scope = "global" | "site" | "link" | "host" | "nowhere";

const scopes: Readonly<Record<Scope, number>> = {
  global: RT_SCOPE_UNIVERSE,
  site: 200,
  link: RT_SCOPE_LINK,
  host: RT_SCOPE_HOST,
  nowhere: RT_SCOPE_NOWHERE,
};

export function scopeNumber(scope: Scope): number {
  return scopes[scope];
}

/** Scopes that somebody made up are nearer than the named one below. */
export function scopeOf(number: number): Scope {
  if (number === RT_SCOPE_UNIVERSE) return "global";
  if (number < RT_SCOPE_LINK) return "site";
  return number === RT_SCOPE_LINK ? "link" : number === RT_SCOPE_HOST ? "host" : "nowhere";
}

// include/linux/socket.h
const AF_INET = 2;
const AF_INET6 = 10;

/** The number of a family; of both, for lists, 0. */
export function familyNumber(family: Family | undefined): number {
  return family === undefined ? 0 : family === "IPv4" ? AF_INET : AF_INET6;
}

/** Undefined for families other than the two, such as that of bridges' tables. */
export function familyOfNumber(number: number): Family | undefined {
  return number === AF_INET ? "IPv4" : number === AF_INET6 ? "IPv6" : undefined;
}
