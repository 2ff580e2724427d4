/** Observation: what a kernel did with one packet, and whether that is what it should have done. */
import type { Trace } from "../trace/trace.ts";

export interface Observation {
  /** `address:port` that the packet was sent from. */
  readonly from: string;
  readonly outcome: "answered" | "refused" | "silent" | "unreachable";
  /** Where rules of nf_tables led the first packet, and what became of it. */
  readonly path: readonly PathStep[];
  readonly verdict: Trace["verdict"];
  /** `address:port` that connection tracking says the flow was led to. */
  readonly backend?: string;
  readonly source?: "kept" | "masqueraded";
  /** The address that the backend sees. */
  readonly seenAs?: string;
}

export interface PathStep {
  readonly table: string;
  readonly chain: string;
  /** `jump found`, `drop`, `policy accept` */
  readonly verdict: string;
}

/** Says where the kernel and the model differ, a sentence each; empty where they agree. Pure. */
export function differences(trace: Trace, observed: Observation): readonly string[] {
  const isGuarded =
    observed.verdict === "reject" &&
    trace.steps.some((step) => step.kind === "nobody" && step.isClusterAddress);
  if (isGuarded) return [];
  if (observed.verdict !== trace.verdict) {
    const backend = observed.backend === undefined ? "" : ` (${observed.backend})`;
    return [`It should be "${trace.verdict}", and was "${observed.verdict}"${backend}`];
  }
  const found: string[] = [];
  if (observed.backend !== undefined && !trace.backends.includes(observed.backend)) {
    found.push(`It was led to ${observed.backend}, which is none of ${trace.backends.join(", ")}`);
  }
  const rewrite = trace.steps.find((step) => step.kind === "rewrite");
  const isNodes = trace.steps.some((step) => step.kind === "source" && step.scope === "node");
  const isHairpin = rewrite?.hairpin !== undefined && rewrite.hairpin === observed.backend;
  // The node's own address stays the node's address, masqueraded or not.
  if (rewrite && observed.source && rewrite.source !== observed.source && !isHairpin && !isNodes) {
    found.push(`The source should be ${rewrite.source}, and was ${observed.source}`);
  }
  return found;
}
