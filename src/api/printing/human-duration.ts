/** Durations and ages as kubectl shows them (apimachinery duration.HumanDuration, kubernetes/pkg/printers). */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * `119s`, `3m20s`, `179m`, `5h30m`, `47h`, `3d4h`, `400d`, `2y35d`: at most two units, and only while the larger is small.
 * A clock that is a little behind gives `0s`, one that is more so `<invalid>`.
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(durationMs / minuteMs);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(durationMs / hourMs);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? pair(years, "y", days % 365, "d") : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** How long ago an RFC 3339 time was; `<unknown>` without one. */
export function age(timestamp: string | null | undefined, nowMs: number): string {
  const thenMs = timestamp ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(thenMs) ? "<unknown>" : humanDuration(nowMs - thenMs);
}
