/** /statusz: a page for people (KEP-4827). */

export interface StatusFacts {
  readonly node: string;
  readonly mode: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly startedAt: number;
  readonly lastSyncedAt: number | undefined;
  readonly waitingSince: number | undefined;
  readonly services: number;
  readonly endpointSlices: number;
  /** Undefined where the dataplane has not taken anything yet, or failed altogether. */
  readonly applied:
    | { readonly frontends: number; readonly problems: number; readonly nodePortAddresses: readonly string[] }
    | undefined;
}

export function formatStatus(facts: StatusFacts): string {
  const { applied, lastSyncedAt, waitingSince, now } = facts;
  const ago = (at: number | undefined) =>
    at === undefined ? "never" : `${((now - at) / 1000).toFixed(1)} s ago`;
  const rows: readonly (readonly [string, string | number])[] = [
    ["Started", new Date(facts.startedAt).toISOString()],
    ["Up", formatUptime(now - facts.startedAt)],
    ["Node.js", process.version],
    ["Node", facts.node],
    ["Mode", facts.mode],
    ["Services", facts.services],
    ["EndpointSlices", facts.endpointSlices],
    ["Frontends", applied ? applied.frontends : "none yet"],
    ["Problems", applied ? applied.problems : "the dataplane has taken nothing"],
    ["NodePort addresses", applied?.nodePortAddresses.join(", ") || "none"],
    ["Last sync", ago(lastSyncedAt)],
    ["A change has waited since", waitingSince === undefined ? "none waits" : ago(waitingSince)],
  ];
  return [
    "porthole proxy statusz",
    "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.",
    "",
    ...rows.map(([name, value]) => `${name}: ${value}`),
    "",
  ].join("\n");
}

/** `1 hr 02 min 03 sec` */
function formatUptime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`;
}
