/** Netlink sockets for requests and answers (netlink(7), RFC 3549). */

import { closeSync } from "node:fs";
import { Turns } from "../lib/turns.ts";
import { enterNamespace } from "./enter-namespace.ts";
import { type Libc, requireLibc } from "./ffi.ts";
import { joinMessages } from "./join-messages.ts";
import { addToAnswers, emptyAnswer, type NetlinkAnswer, readDump } from "./netlink-answer.ts";
import { debugNetlink } from "./netlink-debug.ts";
import { NetlinkError } from "./netlink-error.ts";
import { NETLINK_ROUTE, type NetlinkProtocol } from "./netlink-protocol.ts";
import { receiveDatagram } from "./receive-datagram.ts";
import { SystemCallError } from "./system-call-error.ts";

/** A namespace to open a socket in: a file descriptor of it, and a name for errors. */
export interface NamespaceHandle {
  readonly fd: number;
  readonly name: string;
}

/**
 * Requests to one part of the kernel and its answers. The real one is openNetlinkSocket; a fake has the same type.
 * `operation` says in an error's words what was wanted: `Cannot add the table "ip porthole"`.
 */
export interface NetlinkSocket extends AsyncDisposable {
  /**
   * Sends whole messages in one system call (for nf_tables, one transaction) and resolves with the kernel's answer to each, in
   * order. The sequence numbers in their headers are replaced. A refused message is an answer, not an error. Throws
   * SystemCallError if the messages could not be sent, NetlinkError with code ENOBUFS if answers were lost: what the kernel did
   * is then unknown.
   */
  exchange(operation: string, messages: readonly Uint8Array[]): Promise<readonly NetlinkAnswer[]>;
  /**
   * Sends one dump request and hands each message to `visit`, once. Resolves with false if the kernel said that what it listed
   * changed meanwhile (NLM_F_DUMP_INTR): entries may be missing or doubled. Throws NetlinkError if it is refused, with code
   * ENOBUFS if parts of it were lost.
   */
  dump(operation: string, message: Uint8Array, visit: (message: Uint8Array) => void): Promise<boolean>;
}

// include/linux/socket.h, include/uapi/linux/netlink.h, include/uapi/asm-generic/{socket,errno}.h
export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const EPERM = 1;
const ENOBUFS = 105;
const EPROTO = 71;

const restingSendBytes = 128 << 10;
/** Receive buffer for a start; the kernel doubles it, and takes the memory only when it is used. */
const restingReceiveBytes = 1 << 20;
/** What an acknowledgement takes of the receive buffer at most, its bookkeeping included, halved since the kernel doubles. */
const receiveBytesPerAnswer = 1024;
/** A long dump lets others run after as many bytes: about 10 ms. */
const bytesBeforeYield = 4 << 20;
const maximumDrainErrors = 10;

/** Opens a socket, in a network namespace if one is given; it stays there. Throws SystemCallError. */
export async function openNetlinkSocket(
  protocol: NetlinkProtocol,
  namespace?: NamespaceHandle,
): Promise<NetlinkSocket> {
  const libc = await requireLibc();
  const open = () => libc.socket("Cannot open a netlink socket", AF_NETLINK, SOCK_RAW, protocol);
  const fd = namespace ? enterNamespace(libc, namespace.fd, namespace.name, open) : open();
  try {
    const action = "Cannot set up a netlink socket";
    libc.setOption(action, fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    libc.setOption(action, fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    // Without it the kernel ignores the filters of address, route and neighbour dumps.
    if (protocol === NETLINK_ROUTE) libc.setOption(action, fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    return new KernelSocket(libc, fd, protocol);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Makes room for `bytes` in a socket's buffer; without privileges, as much as the system allows. */
export function growBuffer(libc: Libc, fd: number, way: "send" | "receive", bytes: number): void {
  const [forced, allowed] = way === "send" ? [SO_SNDBUFFORCE, SO_SNDBUF] : [SO_RCVBUFFORCE, SO_RCVBUF];
  const action = `Cannot set the ${way} buffer of a netlink socket to ${bytes} bytes`;
  try {
    libc.setOption(action, fd, SOL_SOCKET, forced, bytes);
  } catch (error) {
    if (!(error instanceof SystemCallError && error.errno === EPERM)) throw error;
    libc.setOption(action, fd, SOL_SOCKET, allowed, bytes);
  }
}

/**
 * The kernel handles a request within send(2): when that returns, the answers are there to be read. Only a dump is made piece by
 * piece, by the calls that read it.
 */
class KernelSocket implements NetlinkSocket {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #protocol: NetlinkProtocol;
  #sequence = 0;
  #sendBytes = 0;
  #receiveBytes = 0;
  #closed = false;
  /** Dumps let others run in between. */
  readonly #turns = new Turns();

  constructor(libc: Libc, fd: number, protocol: NetlinkProtocol) {
    this.#libc = libc;
    this.#fd = fd;
    this.#protocol = protocol;
    this.#makeRoom(restingSendBytes, restingReceiveBytes);
  }

  exchange(operation: string, messages: readonly Uint8Array[]): Promise<readonly NetlinkAnswer[]> {
    return this.#inTurn(async () => this.#exchange(operation, messages));
  }

  dump(operation: string, message: Uint8Array, visit: (message: Uint8Array) => void): Promise<boolean> {
    return this.#inTurn(() => this.#dump(operation, message, visit));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#closed) closeSync(this.#fd);
      this.#closed = true;
    });
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.#turns.take(() =>
      run().catch((error: unknown) => {
        if (!this.#closed) this.#drain();
        throw error;
      }),
    );
  }

  #exchange(operation: string, messages: readonly Uint8Array[]): readonly NetlinkAnswer[] {
    const first = this.#send(operation, messages);
    const answers = messages.map(emptyAnswer);
    for (let datagram = this.#receive(operation); datagram; datagram = this.#receive(operation))
      addToAnswers(answers, first, datagram);
    return answers;
  }

  async #dump(
    operation: string,
    request: Uint8Array,
    visit: (message: Uint8Array) => void,
  ): Promise<boolean> {
    const sequence = this.#send(operation, [request]);
    let complete = true;
    let readBytes = 0;
    for (;;) {
      const datagram = this.#receive(operation);
      if (!datagram) throw new NetlinkError(operation, { errno: EPROTO, message: "the list has no end" });
      const { ended, interrupted, refusal } = readDump(datagram, sequence, visit);
      if (refusal) throw new NetlinkError(operation, refusal);
      if (interrupted) complete = false;
      if (ended) return complete;
      readBytes += datagram.length;
      if (readBytes > bytesBeforeYield) {
        readBytes = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** Returns the first message's sequence number. */
  #send(operation: string, messages: readonly Uint8Array[]): number {
    if (this.#closed) throw new Error(`${operation}: the netlink socket is closed`);
    const first = this.#sequence + 1;
    // Number 0 is that of events, and no two requests of one call may pass the end of 32 bits.
    const start = first + messages.length > 0xffffffff ? 1 : first;
    this.#sequence = start + messages.length - 1;
    const bytes = joinMessages(messages, start);
    this.#makeRoom(bytes.length, messages.length * receiveBytesPerAnswer);
    debugNetlink("send", this.#protocol, bytes);
    // Linux refuses to be sent nothing.
    if (bytes.length > 0) this.#libc.send(operation, this.#fd, bytes);
    return start;
  }

  #receive(operation: string): Uint8Array | undefined {
    try {
      const datagram = receiveDatagram(this.#libc, this.#fd, operation);
      if (datagram) debugNetlink("receive", this.#protocol, datagram);
      return datagram;
    } catch (error) {
      if (!(error instanceof SystemCallError && error.errno === ENOBUFS)) throw error;
      throw new NetlinkError(operation, { errno: ENOBUFS, message: "the kernel's answers were lost" });
    }
  }

  /** Throws away what is left of the answers; a dump that nobody reads to its end would stand in the next one's way. */
  #drain(): void {
    for (let tries = 0; tries < maximumDrainErrors; tries += 1) {
      try {
        while (receiveDatagram(this.#libc, this.#fd, "Cannot empty a netlink socket"));
        return;
      } catch {
        // One error stands for all that was lost until it was read.
      }
    }
  }

  #makeRoom(sendBytes: number, receiveBytes: number): void {
    // The kernel refuses what does not fit in one piece, and keeps 32 bytes for itself (netlink_sendmsg).
    if (sendBytes + 32 > this.#sendBytes) {
      this.#sendBytes = sendBytes + 32;
      growBuffer(this.#libc, this.#fd, "send", this.#sendBytes);
    }
    if (receiveBytes > this.#receiveBytes) {
      this.#receiveBytes = receiveBytes;
      growBuffer(this.#libc, this.#fd, "receive", receiveBytes);
    }
  }
}
