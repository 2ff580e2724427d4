/** SourceFiltering: keeps the kernel's filter on a listening socket as the frontend wants it. */
import { isDeepStrictEqual } from "node:util";
import { buildSourceFilter, openLibc, type SourceFilter } from "../../kernel/index.ts";
import type { Logger } from "../../lib/log.ts";

/**
 * With a filter the kernel does not even answer the SYN of a client that is to be dropped. It is a refinement: without it
 * (not Linux, no native module, too many ranges) such a client's connection is accepted and then kept in silence.
 */
export class SourceFiltering {
  readonly #fd: number | undefined;
  readonly #log: Logger;
  #attached: SourceFilter | undefined;

  constructor(fd: number | undefined, log: Logger) {
    this.#fd = fd;
    this.#log = log;
  }

  async apply(wanted: SourceFilter | undefined): Promise<void> {
    if (this.#fd === undefined || isDeepStrictEqual(wanted, this.#attached)) return;
    const libc = await openLibc();
    if (!libc) return;
    const program = wanted && buildSourceFilter(wanted);
    try {
      if (program) libc.attachFilter(this.#fd, program);
      else libc.detachFilter(this.#fd);
      this.#attached = program && wanted;
    } catch (error) {
      this.#log.debug("Cannot set a socket filter, dropped clients are held instead", {
        error: String(error),
      });
    }
  }
}
