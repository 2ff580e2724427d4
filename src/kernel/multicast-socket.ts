/** Packets of an IP protocol to and from a multicast group of one link (raw(7), ipv6(7)). */
import { closeSync } from "node:fs";
import { hostIsLittleEndian } from "../netlink/codec/index.ts";
import type { Family } from "../netlink/route/index.ts";
import { enterNamespace } from "./enter-namespace.ts";
import { type Libc, requireLibc } from "./ffi.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";
import { type RawPacket, receiveRawPacket } from "./receive-raw-packet.ts";
import { AF_INET, AF_INET6, ipSocketAddress } from "./socket-address.ts";
import { watchReadable } from "./socket-signals.ts";

export interface MulticastSocketSpec {
  readonly family: Family;
  /** Number of the IP protocol. */
  readonly protocol: number;
  readonly group: string;
  readonly linkIndex: number;
  /** An address of the link that is sent from; it must be in use. */
  readonly source: string;
  /** TTL of IPv4, hop limit of IPv6. */
  readonly hopLimit: number;
  readonly namespace?: NamespaceHandle;
}

export interface MulticastSocket extends Disposable {
  /** Sends a payload to the group, not to this machine. Throws SystemCallError, ENETDOWN or ENETUNREACH while the link is down. */
  send(payload: Uint8Array): void;
  /** Hands out at once what has arrived. */
  drain(): void;
}

const SOCK_RAW = 3;
// include/uapi/linux/in.h, in6.h
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const MCAST_JOIN_GROUP = 42;
// include/uapi/asm-generic/socket.h
const SOL_SOCKET = 1;
const SO_PRIORITY = 12;
const SO_BINDTOIFINDEX = 62;
/** include/uapi/linux/pkt_sched.h */
const TC_PRIO_CONTROL = 7;
/** Network control (RFC 4594): sent before everything else. */
const internetworkControl = 0xc0;
/** Others run after as many packets. */
const packetsPerTurn = 1000;
/** A socket that tells of more at once has nothing else to tell. */
const maximumErrors = 10;

/** What is called differently in the two families. */
const families = {
  IPv4: { domain: AF_INET, level: IPPROTO_IP, hops: 33, loop: 34, trafficClass: 1, told: [] },
  // IPV6_RECVPKTINFO and IPV6_RECVHOPLIMIT: IPv4 packets come with their header, IPv6 ones without.
  IPv6: { domain: AF_INET6, level: IPPROTO_IPV6, hops: 18, loop: 19, trafficClass: 67, told: [49, 51] },
} as const;

/**
 * Joins the group and calls `receive` on the event loop with each packet that comes for the protocol on the link, whomever it is for, until
 * it is disposed of. Does not keep the process alive. Throws SystemCallError: EPERM without CAP_NET_RAW, EADDRNOTAVAIL if the link does not
 * have the source or does not use it yet.
 */
export async function openMulticastSocket(
  spec: MulticastSocketSpec,
  receive: (packet: RawPacket) => void,
): Promise<MulticastSocket> {
  const libc = await requireLibc();
  const { namespace, family } = spec;
  const within = <T>(run: () => T): T =>
    namespace ? enterNamespace(libc, namespace.fd, namespace.name, run) : run();
  const receiver = within(() => openReceiver(libc, spec));
  let sender: number | undefined;
  let stop: (() => void) | undefined;
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    stop?.();
    closeSync(receiver);
    if (sender !== undefined) closeSync(sender);
  };
  const drain = () => {
    let errors = 0;
    for (let count = 0; count < packetsPerTurn && !closed; count += 1) {
      const packet = receiveRawPacket(libc, receiver, family);
      if (packet === undefined) return;
      if (packet !== "error") receive(packet);
      else if (++errors > maximumErrors) return;
    }
    if (!closed) setImmediate(drain);
  };
  try {
    const fd = within(() => openSender(libc, spec));
    sender = fd;
    stop = watchReadable(libc, receiver, drain);
    drain();
    const to = ipSocketAddress(spec.group, spec.linkIndex);
    return {
      send: (payload) => void libc.sendTo(`Cannot send to ${spec.group}`, fd, payload, to),
      drain,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function openReceiver(libc: Libc, { family, protocol, group, linkIndex }: MulticastSocketSpec): number {
  const { domain, level, told } = families[family];
  const action = `Cannot listen to ${group} on link ${linkIndex}`;
  return openWith(libc, action, { domain, protocol }, (fd) => {
    libc.setOption(action, fd, SOL_SOCKET, SO_BINDTOIFINDEX, linkIndex);
    for (const option of told) libc.setOption(action, fd, level, option, 1);
    libc.setOptionBytes(action, fd, level, MCAST_JOIN_GROUP, groupRequest(group, linkIndex));
  });
}

/** Apart from the receiver: a raw socket that is bound to an address hears only what is for that address. */
function openSender(libc: Libc, spec: MulticastSocketSpec): number {
  const { family, protocol, source, linkIndex, hopLimit } = spec;
  const { domain, level, hops, loop, trafficClass } = families[family];
  const action = `Cannot send from ${source} on link ${linkIndex}`;
  return openWith(libc, action, { domain, protocol }, (fd) => {
    libc.attachFilter(fd, nothing);
    libc.setOption(action, fd, SOL_SOCKET, SO_BINDTOIFINDEX, linkIndex);
    libc.setOption(action, fd, SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL);
    libc.setOption(action, fd, level, hops, hopLimit);
    libc.setOption(action, fd, level, loop, 0);
    libc.setOption(action, fd, level, trafficClass, internetworkControl);
    libc.bind(action, fd, ipSocketAddress(source, linkIndex));
  });
}

/** A classic BPF program of one instruction, BPF_RET | BPF_K with 0: takes no packet. */
const nothing = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);

function openWith(
  libc: Libc,
  action: string,
  { domain, protocol }: { readonly domain: number; readonly protocol: number },
  setUp: (fd: number) => void,
): number {
  const fd = libc.socket(action, domain, SOCK_RAW, protocol);
  try {
    setUp(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** `struct group_req`: the link, then the group in a `struct sockaddr_storage`. */
function groupRequest(group: string, linkIndex: number): Uint8Array {
  const bytes = new Uint8Array(136);
  new DataView(bytes.buffer).setUint32(0, linkIndex, hostIsLittleEndian);
  bytes.set(ipSocketAddress(group), 8);
  return bytes;
}
