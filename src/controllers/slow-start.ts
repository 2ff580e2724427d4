/** Many writes of one kind that will probably all succeed or all fail. */

/**
 * Runs `count` writes in batches of 1, 2, 4, …, so that a quota that is used up is hit once and not 500 times.
 * Returns how many succeeded and the first failure, after which no further batch is started.
 */
export async function slowStart(
  count: number,
  run: (index: number) => Promise<void>,
): Promise<{ readonly succeeded: number; readonly failure?: unknown }> {
  let succeeded = 0;
  let batch = 1;
  for (let done = 0; done < count; done += batch, batch *= 2) {
    batch = Math.min(batch, count - done);
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, i) => run(done + i)));
    succeeded += results.filter(({ status }) => status === "fulfilled").length;
    const failed = results.find((result) => result.status === "rejected");
    if (failed) return { succeeded, failure: failed.reason };
  }
  return { succeeded };
}
