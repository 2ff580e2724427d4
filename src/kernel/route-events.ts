/** What changes in a namespace's network, as it changes. */
import {
  type AddressEvent,
  decodeAddressEvent,
  decodeLinkEvent,
  decodeRouteEvent,
  type LinkEvent,
  type RouteEvent,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_LINK,
} from "../netlink/route/index.ts";
import { watchNetlink } from "./netlink-events.ts";
import { NETLINK_ROUTE } from "./netlink-protocol.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";

/** What to call; only what is there is listened to. */
export interface RouteHandlers {
  readonly address?: (event: AddressEvent) => void;
  readonly link?: (event: LinkEvent) => void;
  readonly route?: (event: RouteEvent) => void;
  /** Some events are lost: list again. */
  readonly lost: () => void;
}

/**
 * Calls the handlers from when it resolves until it is disposed of. An address that is only changed is told as `added` once more.
 * The kernel does not tell of the routes that go with a link that goes down (IPv4). Throws SystemCallError.
 */
export function watchRoute(handlers: RouteHandlers, namespace?: NamespaceHandle): Promise<Disposable> {
  const { address, link, route, lost } = handlers;
  const groups = [
    ...(address ? [RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR] : []),
    ...(link ? [RTNLGRP_LINK] : []),
    ...(route ? [RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE] : []),
  ];
  const message = (bytes: Uint8Array) => {
    tell(address, decodeAddressEvent(bytes));
    tell(link, decodeLinkEvent(bytes));
    tell(route, decodeRouteEvent(bytes));
  };
  return watchNetlink(
    { protocol: NETLINK_ROUTE, groups, ...(namespace && { namespace }) },
    { message, lost },
  );
}

function tell<T>(handler: ((event: T) => void) | undefined, event: T | undefined): void {
  if (handler && event) handler(event);
}
