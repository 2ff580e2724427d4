/** The machine's own addresses, as NodePorts may answer on them. */
import { networkInterfaces } from "node:os";
import { canonicalAddress, familyOf } from "../forwarding/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";

/** Addresses that may change. */
export interface AddressSource {
  /** As last known: never empty because a listing failed. */
  current(): readonly string[];
  /** Calls back after each change; the last one who asks is told. */
  onChange(changed: () => void): void;
  close(): Promise<void>;
}

/** For whoever needs no addresses beside those of the Node object. */
export const noAddresses: AddressSource = { current: () => [], onChange() {}, async close() {} };

const pollMs = 10_000;

/** Follows the kernel's events; where there are none (another system, no FFI), looks every ten seconds. */
export async function openLocalAddresses(log: Logger, clock: Clock): Promise<AddressSource> {
  try {
    return await openFromKernel(log);
  } catch (error) {
    log.debug("Cannot follow the machine's addresses by events", { error: (error as Error).message });
    return openByPolling(log, clock, () => Object.values(networkInterfaces()).flatMap((all) => all ?? []));
  }
}

async function openFromKernel(log: Logger): Promise<AddressSource> {
  const { openNodeAddresses } = await import("../kernel/index.ts");
  let changed = () => {};
  const keeper = await openNodeAddresses({
    changed: () => changed(),
    failed: (error) =>
      log.warn("Cannot list the machine's addresses, keeping the last ones", {
        error: (error as Error).message,
      }),
  });
  // The list is made anew only when it has changed, so the same one is the same addresses.
  const known = new WeakMap<object, readonly string[]>();
  return {
    current() {
      const addresses = known.get(keeper.current) ?? usableAddresses(keeper.current);
      known.set(keeper.current, addresses);
      return addresses;
    },
    onChange(run) {
      changed = run;
    },
    close: async () => keeper[Symbol.asyncDispose](),
  };
}

/** As openLocalAddresses, from a listing that is asked again and again. */
export function openByPolling(
  log: Logger,
  clock: Clock,
  list: () => readonly { readonly address: string }[],
): AddressSource {
  let addresses: readonly string[] = [];
  let changed = () => {};
  let cancel = () => {};
  const look = () => {
    try {
      const found = usableAddresses(list());
      const isNew = found.join() !== addresses.join();
      addresses = found;
      if (isNew) changed();
    } catch (error) {
      log.warn("Cannot list the machine's addresses, keeping the last ones", {
        error: (error as Error).message,
      });
    }
    cancel = clock.after(pollMs, look);
  };
  look();
  return {
    current: () => addresses,
    onChange(run) {
      changed = run;
    },
    close: async () => cancel(),
  };
}

/** Link-local addresses are left out: each pod's interface has one, and no NodePort answers there. */
export function usableAddresses(found: readonly { readonly address: string }[]): readonly string[] {
  const canonical = found.flatMap(({ address }) => canonicalAddress(address) ?? []);
  const usable = canonical.filter((address) => familyOf(address) === "IPv4" || !/^fe[89ab]/.test(address));
  return [...new Set(usable)];
}
