/**
 * The virtual addresses that this machine has now, on their link. They are lent by the kernel for a few seconds and asked for again and
 * again, so that they go by themselves if this process is killed or stopped: two machines with one address confuse every neighbour.
 */
import { isNetlinkError, type RouteControl } from "../../kernel/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { addressProtocol } from "./link-facts.ts";
import { addressOf } from "./virtual-router.ts";

export interface HeldAddressesOptions {
  readonly control: RouteControl;
  /** Index of the link; undefined while there is none. */
  readonly linkIndex: () => number | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Addresses are back that were away, and neighbours should know. */
  readonly restored: (addresses: readonly string[]) => void;
}

/** Longer than any pause of a process that is well. */
const lifetimeSeconds = 5;
/** Whoever else manages the link is not fought with more often than this. */
const refreshMs = 1_000;

export class HeldAddresses {
  readonly #options: HeldAddressesOptions;
  /** As they were given, by address. */
  readonly #wanted = new Map<string, string>();
  /** What could not be added, or was taken away. */
  readonly #missing = new Set<string>();
  #cancelRefresh: (() => void) | undefined;

  constructor(options: HeldAddressesOptions) {
    this.#options = options;
  }

  /** Resolves when the kernel has them; what it refuses is logged and tried again. */
  async add(addresses: readonly string[]): Promise<void> {
    for (const text of addresses) {
      this.#wanted.set(addressOf(text), text);
      await this.#put(text);
    }
    this.#cancelRefresh ??= this.#options.clock.after(refreshMs, () => void this.#refresh());
  }

  async remove(addresses: readonly string[]): Promise<void> {
    for (const text of addresses) {
      this.#wanted.delete(addressOf(text));
      this.#missing.delete(text);
      await this.#take(text);
    }
  }

  /** To be called when the link has lost an address. */
  lost(address: string): void {
    const text = this.#wanted.get(address);
    if (text !== undefined) this.#missing.add(text);
  }

  close(): void {
    this.#cancelRefresh?.();
    this.#wanted.clear();
  }

  async #refresh(): Promise<void> {
    this.#cancelRefresh = undefined;
    const back: string[] = [];
    for (const text of [...this.#wanted.values()]) {
      const wasMissing = this.#missing.has(text);
      // It may have been given up while another one was waited for.
      if (this.#wanted.get(addressOf(text)) !== text || !(await this.#put(text))) continue;
      if (wasMissing) back.push(text);
    }
    if (back.length > 0) {
      this.#options.log.warn("Put back virtual addresses that were missing", { addresses: back });
      this.#options.restored(back);
    }
    if (this.#wanted.size > 0)
      this.#cancelRefresh ??= this.#options.clock.after(refreshMs, () => void this.#refresh());
  }

  async #put(text: string): Promise<boolean> {
    const linkIndex = this.#options.linkIndex();
    try {
      if (linkIndex === undefined) throw new Error("The link is gone");
      await this.#options.control.addAddress(
        {
          linkIndex,
          address: text,
          protocol: addressProtocol,
          validSeconds: lifetimeSeconds,
          // Nothing that this machine starts is to come from an address that may go.
          deprecated: true,
          noDuplicateDetection: text.includes(":"),
        },
        { replace: true },
      );
      this.#missing.delete(text);
      return true;
    } catch (error) {
      // Said once, for it is tried again every second.
      if (!this.#missing.has(text))
        this.#options.log.error("Cannot take a virtual address, trying again", {
          address: text,
          error: messageOf(error),
        });
      this.#missing.add(text);
      return false;
    }
  }

  async #take(text: string): Promise<void> {
    const linkIndex = this.#options.linkIndex();
    if (linkIndex === undefined) return;
    try {
      await this.#options.control.deleteAddress({ linkIndex, address: text });
    } catch (error) {
      if (isNetlinkError(error, "EADDRNOTAVAIL") || isNetlinkError(error, "ENODEV")) return;
      this.#options.log.error("Cannot give up a virtual address", { address: text, error: messageOf(error) });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
