/** SourcePorts: hands out the ports that connections to backends come from. */

/** The kernel's default `net.ipv4.ip_local_port_range`. */
const first = 32_768;
const last = 60_999;

/**
 * Goes round the range. The kernel's own choice (port 0) of a bound address never shares a port between connections and
 * looks through half of the range in vain once about 7,000 are open or waiting to be forgotten: 5 ms of processor time for
 * each connection. A named port is had at once, and may be shared as long as the backends differ (Node sets SO_REUSEADDR).
 * `connect` fails with EADDRNOTAVAIL where that is not so; the next port will do then.
 */
export class SourcePorts {
  #next: number;

  constructor(random: () => number) {
    this.#next = first + Math.floor(random() * (last - first + 1));
  }

  next(): number {
    const port = this.#next;
    this.#next = port >= last ? first : port + 1;
    return port;
  }
}
