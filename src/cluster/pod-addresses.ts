/** Addresses of a node's pods: which are free. Pure. */

/** All host addresses of an IPv4 CIDR in order, without the first and the last one of a range larger than /31. */
export function hostAddresses(cidr: string): readonly string[] {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const [a, b, c, d, bits] = (match?.slice(1) ?? []).map(Number);
  if (
    a === undefined ||
    b === undefined ||
    c === undefined ||
    d === undefined ||
    bits === undefined ||
    bits < 16 ||
    bits > 32
  ) {
    throw new SyntaxError(
      `Cannot use ${cidr} for pods: write an IPv4 CIDR of /16 or longer, such as 127.0.2.0/26`,
    );
  }
  const size = 2 ** (32 - bits);
  const base = Math.floor((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / size) * size;
  const [skipFirst, skipLast] = size > 2 ? [1, 1] : [0, 0];
  return Array.from({ length: size - skipFirst - skipLast }, (_, index) =>
    formatIPv4(base + skipFirst + index),
  );
}

/**
 * Hands out addresses in turn, those that were given back last of all: a client that still talks to a pod that is gone
 * does not reach another one.
 */
export class PodAddresses {
  readonly #free: string[];
  readonly #held = new Set<string>();

  constructor(cidr: string) {
    this.#free = [...hostAddresses(cidr)];
  }

  /** Returns undefined when there is none left. */
  take(): string | undefined {
    const address = this.#free.shift();
    if (address !== undefined) this.#held.add(address);
    return address;
  }

  /** Takes a certain address: a pod has it already. Returns false if it is held, or not of this range. */
  claim(address: string): boolean {
    const index = this.#free.indexOf(address);
    if (index < 0) return false;
    this.#free.splice(index, 1);
    this.#held.add(address);
    return true;
  }

  giveBack(address: string): void {
    if (this.#held.delete(address)) this.#free.push(address);
  }
}

function formatIPv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
