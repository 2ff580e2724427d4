/** UdpFlow: what one client (address and port) says to one UDP frontend, led to one backend. */
import { createSocket, type Socket } from "node:dgram";
import type { Backend } from "../../forwarding/index.ts";
import type { Counters } from "./counters.ts";
import { resolveLiteral } from "./udp-socket.ts";

export interface UdpFlowOptions {
  readonly client: { readonly address: string; readonly port: number };
  readonly backend: Backend;
  readonly localAddress: string | undefined;
  readonly counters: Counters;
  readonly queueBytes: number;
  readonly nowMs: () => number;
  /** Sends an answer from the frontend's address. */
  readonly answer: (datagram: Buffer) => void;
  readonly onActivity: (flow: UdpFlow) => void;
  readonly onClose: (flow: UdpFlow) => void;
}

/** A socket connected to the backend: it hears nobody else, and learns when the backend's port is closed. */
export class UdpFlow {
  readonly options: UdpFlowOptions;
  answered = false;
  activeAtMs: number;
  readonly #socket: Socket;
  #waiting: Buffer[] | undefined = [];
  #waitingBytes = 0;
  #closed = false;

  constructor(options: UdpFlowOptions) {
    this.options = options;
    this.activeAtMs = options.nowMs();
    const { backend, localAddress, counters } = options;
    counters.connections += 1;
    counters.active += 1;
    const type = backend.address.includes(":") ? "udp6" : "udp4";
    this.#socket = createSocket({ type, lookup: resolveLiteral });
    // The backend's port is closed (ICMP port unreachable): the client's next datagram starts a new flow.
    this.#socket.on("error", () => this.close());
    this.#socket.on("message", (datagram) => this.#receive(datagram));
    this.#socket.bind({ port: 0, exclusive: true, ...(localAddress && { address: localAddress }) }, () => {
      if (!this.#closed) this.#socket.connect(backend.port, backend.address, () => this.#ready());
    });
  }

  /** Sends to the backend; what does not fit the queue is lost, as UDP may lose it anywhere. */
  send(datagram: Buffer): void {
    if (this.#closed) return;
    this.#active();
    this.options.counters.received.bytes += datagram.length;
    if (!this.#waiting) {
      if (this.#socket.getSendQueueSize() < this.options.queueBytes) this.#socket.send(datagram);
    } else if (this.#waitingBytes + datagram.length <= this.options.queueBytes) {
      this.#waiting.push(datagram);
      this.#waitingBytes += datagram.length;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.options.counters.active -= 1;
    this.#socket.close();
    this.options.onClose(this);
  }

  #ready(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (this.#closed) return;
    for (const datagram of waiting) this.#socket.send(datagram);
  }

  #receive(datagram: Buffer): void {
    this.answered = true;
    this.#active();
    this.options.counters.sent.bytes += datagram.length;
    this.options.answer(datagram);
  }

  #active(): void {
    this.activeAtMs = this.options.nowMs();
    this.options.onActivity(this);
  }
}
