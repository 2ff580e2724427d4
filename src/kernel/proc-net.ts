/** Reads /proc/net/{tcp,udp}{,6}: the sockets of the machine. Pure. */
import { endianness } from "node:os";
import { addressBytes } from "../lib/address-bytes.ts";

export interface SocketQuery {
  readonly protocol: "TCP" | "UDP";
  readonly address: string;
  readonly port: number;
}

export interface ProcSocket {
  readonly inode: number;
  readonly uid: number;
}

/** TCP_LISTEN and TCP_CLOSE of include/net/tcp_states.h; the second is what a bound, unconnected UDP socket shows. */
const boundState = { TCP: "0A", UDP: "07" } as const;

/** Finds the socket that listens on the address and port, or on all addresses and the port. */
export function findSocket(table: string, query: SocketQuery): ProcSocket | undefined {
  const wanted = toProcAddress(query.address);
  const port = query.port.toString(16).toUpperCase().padStart(4, "0");
  for (const line of table.split("\n").slice(1)) {
    const [, local = "", , state, , , , uid, , inode] = line.trim().split(/\s+/);
    const [address = "", localPort] = local.split(":");
    if (localPort !== port || state !== boundState[query.protocol]) continue;
    if (address !== wanted && !/^0+$/.test(address)) continue;
    return { inode: Number(inode), uid: Number(uid) };
  }
  return undefined;
}

/** The ports that something listens on, at an address of the machine that is not a loopback one. */
export function listeningPorts(table: string, protocol: SocketQuery["protocol"]): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const line of table.split("\n").slice(1)) {
    const [, local = "", , state] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    if (state === boundState[protocol] && !loopback.test(address)) ports.add(Number.parseInt(port, 16));
  }
  return ports;
}

/** 127.0.0.0/8 and ::1, in either byte order. */
const loopback = /^(......7F|7F......|0{24}01000000|0{31}1)$/;

/** The kernel prints addresses as 32-bit words in its own byte order: 127.0.0.1 is `0100007F` on x86. */
function toProcAddress(address: string): string {
  const bytes = addressBytes(address) ?? new Uint8Array(0);
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => {
    const word = [...bytes.subarray(index * 4, index * 4 + 4)];
    return endianness() === "LE" ? word.reverse() : word;
  });
  return words
    .flat()
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}
