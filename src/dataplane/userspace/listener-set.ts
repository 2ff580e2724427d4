/** ListenerSet: all sockets that clients reach, kept as the table wants them. */
import type { ForwardingTable } from "../../forwarding/index.ts";
import type { Problem } from "../dataplane.ts";
import { describeBindFailure } from "./bind-problem.ts";
import { type Counters, createCounters } from "./counters.ts";
import type { HoldingPen } from "./holding-pen.ts";
import type { Listener, ListenerState } from "./listener.ts";
import type { Runtime } from "./runtime.ts";
import { openTcpListener } from "./tcp-listener.ts";
import { openUdpListener } from "./udp-listener.ts";
import { listWantedSockets, type WantedSocket } from "./wanted-sockets.ts";

export class ListenerSet {
  readonly #runtime: Runtime;
  readonly #pen: HoldingPen;
  readonly #listeners = new Map<string, Listener>();
  /** Addresses that are not on this machine, with the problem and when it was met. */
  readonly #absent = new Map<string, number>();
  #counters = new Map<string, Counters>();
  #reported = new Set<string>();

  constructor(runtime: Runtime, pen: HoldingPen) {
    this.#runtime = runtime;
    this.#pen = pen;
  }

  counters(): ReadonlyMap<string, Counters> {
    return this.#counters;
  }

  /** Opens what is new and leads what is there elsewhere, then closes what is gone. Returns what could not be opened. */
  async apply(table: ForwardingTable): Promise<readonly Problem[]> {
    this.#counters = new Map(
      [...table.frontends.keys()].map((key) => [key, this.#counters.get(key) ?? createCounters()]),
    );
    const { sockets, problems } = listWantedSockets(table);
    const attempts = await Promise.all([...sockets.values()].map((wanted) => this.#ensure(wanted, table)));
    const gone = [...this.#listeners].filter(([key]) => !sockets.has(key));
    await Promise.all(gone.map(([key, listener]) => this.#remove(key, listener)));
    const all = [...problems, ...attempts.filter((attempt) => attempt !== undefined)];
    this.#report(all);
    return all;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners].map(([key, listener]) => this.#remove(key, listener)));
  }

  async #ensure(wanted: WantedSocket, table: ForwardingTable): Promise<Problem | undefined> {
    const { key, frontend } = wanted;
    const state = { frontend, table, counters: this.#counters.get(frontend.key) ?? createCounters() };
    const listener = this.#listeners.get(key);
    if (listener) {
      await listener.update(state);
      return undefined;
    }
    if (this.#isKnownAbsent(wanted.address)) {
      return describeBindFailure(wanted, { code: "EADDRNOTAVAIL" });
    }
    try {
      this.#listeners.set(key, await this.#open(wanted, state));
      return undefined;
    } catch (error) {
      const problem = await describeBindFailure(wanted, error);
      if (problem.code === "address-not-available")
        this.#absent.set(wanted.address, this.#runtime.clock.now());
      return problem;
    }
  }

  #open(wanted: WantedSocket, state: ListenerState): Promise<Listener> {
    return wanted.protocol === "TCP"
      ? openTcpListener(this.#runtime, this.#pen, wanted, state)
      : openUdpListener(this.#runtime, wanted, state);
  }

  #remove(key: string, listener: Listener): Promise<void> {
    this.#listeners.delete(key);
    return listener.close();
  }

  /** PERF: on a real cluster's node most Service addresses are not there, and the table may hold thousands. */
  #isKnownAbsent(address: string): boolean {
    const since = this.#absent.get(address);
    if (since === undefined) return false;
    if (this.#runtime.clock.now() - since < this.#runtime.limits.addressRetryMs) return true;
    this.#absent.delete(address);
    return false;
  }

  /** Logs a problem when it is new, not at every apply. An address that is elsewhere is nothing to act on. */
  #report(problems: readonly Problem[]): void {
    const messages = new Set(problems.map(({ message }) => message));
    for (const { code, frontend, message } of problems) {
      if (this.#reported.has(message)) continue;
      if (code === "address-not-available") this.#runtime.log.debug(message, { frontend, code });
      else this.#runtime.log.warn(message, { frontend, code });
    }
    this.#reported = messages;
  }
}
