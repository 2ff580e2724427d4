/** Tells when the machine's addresses change, for frontends whose address is not here yet: a takeover brings it. */
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { type AddressSource, openLocalAddresses } from "../proxy/local-addresses.ts";

export interface AddressFollower {
  /** From now on changes are worth knowing. */
  follow(): void;
  close(): Promise<void>;
}

/** PERF: nothing is opened before an address is missing; most balancers have all of theirs. */
export function createAddressFollower(log: Logger, clock: Clock, onChange: () => void): AddressFollower {
  let opening: Promise<AddressSource> | undefined;
  return {
    follow() {
      opening ??= openLocalAddresses(log, clock).then((source) => {
        source.onChange(onChange);
        // It may have come since it was tried.
        onChange();
        return source;
      });
    },
    async close() {
      await (await opening)?.close();
    },
  };
}
