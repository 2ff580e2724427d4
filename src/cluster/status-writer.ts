/** StatusWriter: brings the status of one pod to the API server: one write at a time, always the newest, until it is there. */
import { isDeepStrictEqual } from "node:util";
import type { Pod, PodStatus } from "../api/pod.ts";
import { type ApiClient, isConflict, isInvalid, isNotFound, pods } from "../client/index.ts";
import { type BackOff, createBackOff } from "../lib/back-off.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";
import { makeStatusPatch } from "./pod-status.ts";

export interface StatusWriterOptions {
  readonly client: ApiClient;
  readonly pod: Pod;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends trying; a write that is under way is finished. */
  readonly signal: AbortSignal;
  /** The status as of now; `previous` is the one that was written last. */
  readonly makeStatus: (previous: PodStatus | undefined) => PodStatus;
}

const retry = { firstMs: 200, maxMs: 5000 };

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #backOff: BackOff;
  #written: PodStatus | undefined;
  /** The pod as our last write left it. */
  #revision = Number.NaN;
  #dirty = false;
  #running: Promise<void> | undefined;
  #gone = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#backOff = createBackOff({ ...retry, random: Math.random });
  }

  /** True once the server has no such pod any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Something has changed. Resolves when that has been written, or cannot be any more. */
  write(): Promise<void> {
    this.#dirty = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The object has come from the server: another one may have written over its status, as the node controller does. */
  check(pod: Pod): void {
    if (!this.#written || Number(pod.metadata.resourceVersion) <= this.#revision) return;
    const theirs = new Map(pod.status.conditions?.map(({ type, status }) => [type, status]));
    const differs = this.#written.conditions?.some(({ type, status }) => theirs.get(type) !== status);
    if (!differs && pod.status.phase === this.#written.phase) return;
    this.#written = undefined;
    void this.write();
  }

  async #run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (this.#dirty && !this.#gone) {
      this.#dirty = false;
      if (await this.#send()) {
        this.#backOff.reset();
        continue;
      }
      this.#dirty = true;
      if (signal.aborted) return;
      await wait(clock, this.#backOff.nextMs(), signal);
    }
  }

  /** Resolves with true unless it must be tried again. */
  async #send(): Promise<boolean> {
    const { client, pod, log, makeStatus } = this.#options;
    const status = makeStatus(this.#written);
    if (isDeepStrictEqual(status, this.#written)) return true;
    const { name, namespace = "default", uid } = pod.metadata;
    try {
      const body = makeStatusPatch(uid, status);
      const written = await client.patch(pods, { name, namespace }, "strategic", body, {
        subresource: "status",
      });
      this.#written = status;
      this.#revision = Number(written.metadata.resourceVersion);
      return true;
    } catch (error) {
      // A conflict means that another pod has this name by now.
      this.#gone = isNotFound(error) || isConflict(error);
      if (this.#gone) return true;
      log.warn("Cannot write pod status", {
        pod: `${namespace}/${name}`,
        error: (error as Error).message,
      });
      // The server will refuse it the next time, too.
      return isInvalid(error);
    }
  }
}
