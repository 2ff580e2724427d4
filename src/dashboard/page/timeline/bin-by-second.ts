/** Counts changes by the second in which they were. Pure. */
import type { TimelineEntry } from "../../model/rows.ts";

/** `nowMs` since the epoch; the last bin is the second that it is in. */
export function binBySecond(
  entries: readonly Pick<TimelineEntry, "at" | "count">[],
  nowMs: number,
  seconds: number,
): readonly number[] {
  const bins = new Array<number>(seconds).fill(0);
  const last = Math.floor(nowMs / 1000);
  for (const { at, count } of entries) {
    const index = seconds - 1 - (last - Math.floor(at / 1000));
    if (index >= 0 && index < seconds) bins[index] = (bins[index] ?? 0) + count;
  }
  return bins;
}
