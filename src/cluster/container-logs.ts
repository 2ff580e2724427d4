/** ContainerLogs: the logs of a container's present run and of the one before it. */
import { existsSync, renameSync } from "node:fs";
import type { Clock } from "../lib/clock.ts";
import { type ContainerLog, openContainerLog } from "./container-log.ts";

export class ContainerLogs {
  /** What the present run writes. */
  readonly file: string;
  readonly #previousFile: string;
  readonly #clock: Clock;
  #current: ContainerLog | undefined;
  #previous: ContainerLog | undefined;

  constructor(file: string, clock: Clock) {
    this.file = file;
    this.#previousFile = `${file}.previous`;
    this.#clock = clock;
  }

  get current(): ContainerLog | undefined {
    return this.#current;
  }

  get previous(): ContainerLog | undefined {
    return this.#previous;
  }

  /** Takes up what an agent before this one has left; `ended` fires with the run that goes on. */
  find(ended: AbortSignal): void {
    if (existsSync(this.file)) this.follow(ended);
    if (existsSync(this.#previousFile))
      this.#previous = openContainerLog(this.#previousFile, this.#clock, AbortSignal.abort());
  }

  /** A run has begun to write. */
  follow(ended: AbortSignal): void {
    this.#current = openContainerLog(this.file, this.#clock, ended);
  }

  /** A new run is about to begin: the log of the last one becomes the previous one. */
  rotate(): void {
    if (!existsSync(this.file)) return;
    renameSync(this.file, this.#previousFile);
    this.#previous = this.#current && { ...this.#current, file: this.#previousFile };
    this.#current = undefined;
  }
}
