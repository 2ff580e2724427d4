/** How a rate is written and drawn. Pure. */

/** `0/s`, `3.4/s`, `128/s`, `1.2k/s`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 10_000) return `${Math.round(perSecond / 1000)}k/s`;
  if (perSecond >= 1000) return `${(perSecond / 1000).toFixed(1)}k/s`;
  if (perSecond >= 10 || perSecond === 0) return `${Math.round(perSecond)}/s`;
  return `${perSecond.toFixed(1)}/s`;
}

const thinnest = 1.5;
const thickest = 7;

/** Width of the line in CSS pixels: each tenfold rate adds as much. */
export function strokeOf(perSecond: number | undefined): number {
  if (perSecond === undefined || perSecond <= 0) return thinnest;
  return Math.min(thickest, thinnest + Math.log10(1 + perSecond) * 1.4);
}
