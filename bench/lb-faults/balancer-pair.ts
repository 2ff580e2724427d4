/** Two machines that share one virtual address, by whatever programs. */
import { setTimeout as delay } from "node:timers/promises";
import { hasAddress, type Machine } from "./fault-lab.ts";

export interface BalancerPrograms {
  /** As an operator stops it, in good order. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface PairOptions {
  readonly name: string;
  /** `172.31.1.101:80` */
  readonly place: string;
  readonly machines: readonly [Machine, Machine];
  /** Starts what balances on the machine with that index; resolves when it is ready. */
  readonly start: (machine: Machine, index: number) => Promise<BalancerPrograms>;
}

export type BalancerFault = "stop" | "kill" | "unplug";

const retryMs = 20;
const mostRetries = 1000;

export class BalancerPair implements AsyncDisposable {
  readonly #options: PairOptions;
  readonly #programs: (BalancerPrograms | undefined)[] = [];
  #broken: { readonly index: number; readonly fault: BalancerFault } | undefined;

  constructor(options: PairOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get place(): string {
    return this.#options.place;
  }

  async start(): Promise<void> {
    for (const index of this.#options.machines.keys()) await this.#start(index);
    await this.#untilActive();
  }

  /** What happens to the machine that has the address. */
  async break(fault: BalancerFault): Promise<void> {
    const index = await this.#untilActive();
    this.#broken = { index, fault };
    if (fault === "unplug") this.#options.machines[index]?.plug(false);
    else if (fault === "stop") await this.#programs[index]?.stop();
    else await this.#programs[index]?.kill();
  }

  /** Undoes the last fault; resolves when a machine has the address. */
  async repair(): Promise<void> {
    if (!this.#broken) return;
    const { index, fault } = this.#broken;
    this.#broken = undefined;
    if (fault === "unplug") this.#options.machines[index]?.plug(true);
    else await this.#start(index);
    await this.#untilActive();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const programs of this.#programs) await programs?.kill();
  }

  async #start(index: number): Promise<void> {
    const machine = this.#options.machines[index];
    if (machine) this.#programs[index] = await this.#options.start(machine, index);
  }

  #active(): number | undefined {
    const address = this.place.split(":")[0] ?? "";
    const having = [...this.#options.machines.entries()].filter(([, machine]) =>
      hasAddress(machine, address),
    );
    if (having.length === 1) return having[0]?.[0];
    // Who has handed it over keeps it for a while, for connections that began there.
    return having.find(([, machine]) => machine.isReachedBy(address))?.[0];
  }

  /** Resolves with the index of the machine that has the address. */
  async #untilActive(): Promise<number> {
    for (let tries = 0; tries < mostRetries; tries += 1) {
      const index = this.#active();
      if (index !== undefined) return index;
      await delay(retryMs);
    }
    throw new Error(`${this.name}: nobody has ${this.place}`);
  }
}
