/** Which rows of a long list are drawn. Pure. */

/** Rows above and below what is seen, so that scrolling shows no gap. */
const margin = 6;

export interface VisibleRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** `scrollTop`, `height` and `rowHeight` in CSS pixels. */
export function visibleRange(
  count: number,
  scrollTop: number,
  height: number,
  rowHeight: number,
): VisibleRange {
  const from = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight) - margin));
  const to = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + margin);
  return { from, to: Math.max(from, to) };
}
