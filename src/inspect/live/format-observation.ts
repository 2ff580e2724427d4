/** What was seen of a packet, as text for people. */
import type { TraceStyle } from "../trace/format-trace.ts";
import type { Observation } from "./observation.ts";

/** `found` are the differences from what should have been. */
export function formatObservation(
  { from, outcome, path, verdict, backend, seenAs }: Observation,
  found: readonly string[],
  { good, bad, dim }: TraceStyle,
): string {
  const became =
    verdict === "forward"
      ? `led to ${backend}, which sees ${seenAs}`
      : { reject: "refused", drop: "dropped", "not-ours": "left alone" }[verdict];
  const steps = path.map(({ table, chain, verdict: step }) => `   ${dim(`${table} ${chain}:`)} ${step}`);
  return [
    "",
    `Sent from ${from}: ${outcome === "answered" ? good(outcome) : bad(outcome)}; ${became}`,
    ...steps,
    ...(found.length === 0
      ? [good("=> the kernel does what it should")]
      : found.map((text) => bad(`=> THE KERNEL DIFFERS: ${text}`))),
    "",
  ].join("\n");
}
