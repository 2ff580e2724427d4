/** Turns: one thing after the other, whoever asks. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when all that was asked for before is done, whatever became of it; resolves or rejects as `run` does. */
  take<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => {});
    return result;
  }
}
