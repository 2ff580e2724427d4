/** What the kernel tells all who listen: addresses, links, routes, rulesets and flows that changed. */
import { closeSync } from "node:fs";
import { eachMessage, hostIsLittleEndian } from "../netlink/codec/index.ts";
import { enterNamespace } from "./enter-namespace.ts";
import { type Libc, requireLibc } from "./ffi.ts";
import { debugNetlink } from "./netlink-debug.ts";
import type { NetlinkProtocol } from "./netlink-protocol.ts";
import { AF_NETLINK, growBuffer, type NamespaceHandle, SOCK_RAW, SOL_NETLINK } from "./netlink-socket.ts";
import { receiveDatagram } from "./receive-datagram.ts";
import { watchReadable } from "./socket-signals.ts";
import { SystemCallError } from "./system-call-error.ts";

/** What is called, on the event loop, never after the subscription was disposed of. */
export interface NetlinkEventHandlers {
  /** A message, header included. */
  message(message: Uint8Array): void;
  /** Messages came faster than they were read, and some are lost: list again what they would have told. */
  lost(): void;
}

/** Which events: numbers of multicast groups, such as RTNLGRP_IPV4_IFADDR. */
export interface NetlinkSubscription {
  readonly protocol: NetlinkProtocol;
  readonly groups: readonly number[];
  readonly namespace?: NamespaceHandle;
}

const NETLINK_ADD_MEMBERSHIP = 1;
const ENOBUFS = 105;
/** Holds some 2,000 events while the event loop is busy. */
const receiveBytes = 2 << 20;
/** Others run after as many datagrams. */
const datagramsPerTurn = 1000;

/**
 * Listens from when it resolves until it is disposed of. Does not keep the process alive by itself. Throws SystemCallError, EPERM
 * for groups that need privileges.
 */
export async function watchNetlink(
  { protocol, groups, namespace }: NetlinkSubscription,
  handlers: NetlinkEventHandlers,
): Promise<Disposable> {
  const libc = await requireLibc();
  const action = "Cannot listen to netlink events";
  const open = () => libc.socket(action, AF_NETLINK, SOCK_RAW, protocol);
  const fd = namespace ? enterNamespace(libc, namespace.fd, namespace.name, open) : open();
  let stop: (() => void) | undefined;
  let closed = false;
  const drain = () => {
    if (!closed && readTurn(libc, fd, protocol, handlers, () => closed)) setImmediate(drain);
  };
  const close = () => {
    if (closed) return;
    closed = true;
    stop?.();
    closeSync(fd);
  };
  try {
    growBuffer(libc, fd, "receive", receiveBytes);
    libc.bind(action, fd, anyPort());
    stop = watchReadable(libc, fd, drain);
    for (const group of groups) libc.setOption(action, fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  } catch (error) {
    close();
    throw error;
  }
  return { [Symbol.dispose]: close };
}

/** Hands out what there is to read, up to a limit; returns whether there may be more. */
function readTurn(
  libc: Libc,
  fd: number,
  protocol: number,
  handlers: NetlinkEventHandlers,
  isClosed: () => boolean,
): boolean {
  for (let count = 0; count < datagramsPerTurn; count += 1) {
    if (isClosed()) return false;
    const datagram = receiveOrLose(libc, fd);
    if (datagram === undefined) return false;
    if (datagram === "lost") {
      handlers.lost();
      continue;
    }
    debugNetlink("receive", protocol, datagram);
    for (const message of eachMessage(datagram)) if (!isClosed()) handlers.message(message);
  }
  return true;
}

function receiveOrLose(libc: Libc, fd: number): Uint8Array | "lost" | undefined {
  try {
    return receiveDatagram(libc, fd, "Cannot read netlink events");
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === ENOBUFS) return "lost";
    throw error;
  }
}

/** `struct sockaddr_nl` by which the kernel chooses the port; an unbound socket gets no events. */
function anyPort(): Uint8Array {
  const address = new Uint8Array(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, hostIsLittleEndian);
  return address;
}
