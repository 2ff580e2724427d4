/**
 * GenerationWatch: tells whether somebody else changed the ruleset. The kernel counts the transactions of a network namespace,
 * whoever makes them and in whatever table; whoever counts his own knows of the others'. One question costs some 20 µs, while a
 * listener to the kernel's events is told of each of its own elements.
 */
import { type NetlinkSocket, request } from "../../kernel/index.ts";
import { decodeGeneration, getGeneration } from "../../netlink/nftables/index.ts";

export class GenerationWatch {
  readonly #readGeneration: () => Promise<number>;
  #known: number | undefined;
  #own = 0;

  /** `readGeneration` asks the kernel. */
  constructor(readGeneration: () => Promise<number>) {
    this.#readGeneration = readGeneration;
  }

  /** Counts one transaction of ours. */
  committed(): void {
    this.#own += 1;
  }

  /** Says whether there were transactions of others since the last call; at the first call nothing is known of any. */
  async changedByOthers(): Promise<boolean> {
    const generation = await this.#readGeneration();
    const expected = this.#known === undefined ? generation : (this.#known + this.#own) >>> 0;
    this.#known = generation;
    this.#own = 0;
    return generation !== expected;
  }
}

/** One over the kernel's count. */
export function watchGeneration(socket: NetlinkSocket): GenerationWatch {
  return new GenerationWatch(async () => {
    const [answer] = await request(socket, "Cannot ask for the ruleset's generation", getGeneration());
    return answer ? decodeGeneration(answer).generation : 0;
  });
}
