/** OpeningSandbox: a pod's place, made when it is first asked for, and tried again until it is there. */
import type { Clock } from "../../lib/clock.ts";
import { wait } from "../../lib/wait.ts";
import type { PodSandbox } from "./pod-network.ts";

export interface OpeningSandboxOptions {
  readonly open: () => Promise<PodSandbox>;
  readonly onFailure: (message: string) => void;
  readonly clock: Clock;
  /** Ends trying: the pod is to end. */
  readonly signal: AbortSignal;
}

const retryMs = 2000;

export class OpeningSandbox {
  readonly #options: OpeningSandboxOptions;
  #opening: Promise<PodSandbox | undefined> | undefined;

  constructor(options: OpeningSandboxOptions) {
    this.#options = options;
  }

  /** Resolves with undefined if the pod is to end and it cannot be opened. Never rejects. */
  whenOpen(): Promise<PodSandbox | undefined> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<PodSandbox | undefined> {
    const { open, onFailure, clock, signal } = this.#options;
    // Once at least: the hooks of a pod that is to end run in it, too.
    for (;;) {
      try {
        return await open();
      } catch (error) {
        onFailure((error as Error).message);
      }
      await wait(clock, retryMs, signal);
      if (signal.aborted) return undefined;
    }
  }
}
