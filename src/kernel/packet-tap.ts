/** Sees the TCP packets that come and go on a link (packet(7)). */
import { closeSync } from "node:fs";
import { hostIsLittleEndian } from "../netlink/codec/index.ts";
import { enterNamespace } from "./enter-namespace.ts";
import { requireLibc } from "./ffi.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";
import { AF_PACKET, linkSocketAddress } from "./socket-address.ts";

export interface PacketTap extends Disposable {
  /** Hands out what came and went since the last call, in order. Throws SystemCallError, ENETDOWN when the link went down. */
  drain(): void;
}

const SOCK_DGRAM = 2;
/** ETH_P_ALL of include/uapi/linux/if_ether.h, in network order. */
const allProtocols = hostIsLittleEndian ? 0x0300 : 0x0003;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const receiveBytes = 4 << 20;
/** The headers of IP and TCP, with all of TCP's options. */
const seenBytes = 128;
/** Who reads must come to an end though more and more come. */
const packetsPerCall = 10_000;

// include/uapi/linux/bpf_common.h
const BPF_LD_B_ABS = 0x30;
const BPF_ALU_AND_K = 0x54;
const BPF_JMP_JEQ_K = 0x15;
const BPF_RET_K = 0x06;
const TCP = 6;

/** Takes IPv4 and IPv6 packets whose next header is TCP's, and no more of them than `seenBytes`. */
const tcpAlone: readonly (readonly [code: number, jt: number, jf: number, k: number])[] = [
  [BPF_LD_B_ABS, 0, 0, 0],
  [BPF_ALU_AND_K, 0, 0, 0xf0],
  [BPF_JMP_JEQ_K, 0, 2, 0x40],
  [BPF_LD_B_ABS, 0, 0, 9],
  [BPF_JMP_JEQ_K, 3, 4, TCP],
  [BPF_JMP_JEQ_K, 0, 3, 0x60],
  [BPF_LD_B_ABS, 0, 0, 6],
  [BPF_JMP_JEQ_K, 0, 1, TCP],
  [BPF_RET_K, 0, 0, seenBytes],
  [BPF_RET_K, 0, 0, 0],
];

/**
 * Calls `see` with the beginning of each IP packet, from its IP header on, as it is before it is translated when it comes, and after it was
 * when it goes; where too many wait to be handed out, some are lost. Throws SystemCallError, EPERM without CAP_NET_RAW.
 */
export async function openPacketTap(
  linkIndex: number,
  see: (packet: Uint8Array) => void,
  namespace?: NamespaceHandle,
): Promise<PacketTap> {
  const libc = await requireLibc();
  const action = `Cannot watch packets on link ${linkIndex}`;
  const open = () => libc.socket(action, AF_PACKET, SOCK_DGRAM, allProtocols);
  const fd = namespace ? enterNamespace(libc, namespace.fd, namespace.name, open) : open();
  try {
    libc.attachFilter(fd, encodeProgram());
    libc.setOption(action, fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBytes);
    libc.bind(action, fd, linkSocketAddress(linkIndex));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const packet = new Uint8Array(seenBytes);
  return {
    drain() {
      for (let count = 0; count < packetsPerCall; count += 1) {
        const length = libc.receive(action, fd, packet, MSG_DONTWAIT);
        if (length === undefined) return;
        see(packet.subarray(0, length));
      }
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** `struct sock_filter` of include/uapi/linux/filter.h. */
function encodeProgram(): Uint8Array {
  const view = new DataView(new ArrayBuffer(tcpAlone.length * 8));
  tcpAlone.forEach(([code, jt, jf, k], index) => {
    view.setUint16(index * 8, code, hostIsLittleEndian);
    view.setUint8(index * 8 + 2, jt);
    view.setUint8(index * 8 + 3, jf);
    view.setUint32(index * 8 + 4, k, hostIsLittleEndian);
  });
  return new Uint8Array(view.buffer);
}
