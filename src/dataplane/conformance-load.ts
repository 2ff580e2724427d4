/** A client that exchanges as fast as it can, each time anew, while something else goes on. */
import assert from "node:assert/strict";
import type { ConformanceHarness, Place, TestProtocol } from "./conformance-harness.ts";
import { probe } from "./conformance-steps.ts";

/** Less than the second after which a client sends a SYN again, so that a lost one shows. */
const loadPatienceMs = 900;
/** How often a client of UDP asks before it gives up. */
const datagrams = 3;

export interface Load {
  /** Resolves when an exchange that began after this call has ended. */
  another(): Promise<void>;
  /** Expects that none failed. */
  stop(): Promise<void>;
}

/** Starts at once, from the first client. */
export function startLoad(harness: ConformanceHarness, protocol: TestProtocol, place: Place): Load {
  const failures: string[] = [];
  let stopped = false;
  let begun = 0;
  let ended = 0;
  let waiting: { readonly number: number; readonly resolve: () => void }[] = [];
  const exchange = () =>
    probe(harness.clients[0], protocol, place, loadPatienceMs).catch((error: Error) => ({
      outcome: error.message,
    }));
  const running = (async () => {
    while (!stopped) {
      const number = ++begun;
      const outcomes = [(await exchange()).outcome];
      // The answer of an endpoint that leaves may come when its flow is forgotten already; who uses UDP asks again.
      while (protocol === "UDP" && outcomes.at(-1) === "silent" && outcomes.length < datagrams) {
        outcomes.push((await exchange()).outcome);
      }
      if (outcomes.at(-1) !== "reply") failures.push(outcomes.join(", "));
      ended = number;
      for (const one of waiting) if (one.number <= ended) one.resolve();
      waiting = waiting.filter((one) => one.number > ended);
    }
  })();
  return {
    another: () => new Promise((resolve) => waiting.push({ number: begun + 1, resolve })),
    async stop() {
      stopped = true;
      await running;
      assert.deepEqual(failures, [], `of ${ended} exchanges`);
    },
  };
}
