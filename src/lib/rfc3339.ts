/** Kubernetes' two forms of a moment: metav1.Time and metav1.MicroTime. */

/** `2026-11-23T02:29:32Z`: whole seconds, as metadata.creationTimestamp has them. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `2026-11-23T02:29:32.123000Z`: six fractional digits, as a Lease's renewTime has them. */
export function formatMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** Milliseconds since the epoch; undefined if the text is absent or no moment. */
export function parseTime(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
