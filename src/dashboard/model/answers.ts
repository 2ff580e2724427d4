/** What the page is answered when it asks for details. Pure types, shared with the page. */
import type { Tone } from "./rows.ts";

export interface StoryStep {
  /** A word for the margin: `client`, `node`, `Service`. */
  readonly at: string;
  readonly text: string;
  readonly tone: Tone;
}

export interface StoryEndpoint {
  /** `address:port` */
  readonly place: string;
  readonly pod: string;
  readonly node: string;
  readonly chosen: boolean;
  readonly why: string;
  /** `neutral`: it is well, but not meant here. */
  readonly tone: Tone;
}

/** A trace in sentences. */
export interface TraceAnswer {
  readonly to: string;
  readonly node: string;
  readonly steps: readonly StoryStep[];
  readonly endpoints: readonly StoryEndpoint[];
  readonly verdict: "forward" | "reject" | "drop" | "not-ours";
  readonly conclusion: string;
}

export interface DoctorAnswer {
  readonly findings: readonly {
    readonly id: string;
    readonly severity: "error" | "warning" | "info";
    readonly title: string;
    readonly object: string;
    readonly evidence: string;
    readonly advice: string;
  }[];
  readonly checks: number;
}

export interface NodeFrontend {
  /** `NodePort`, `ClusterIP`, … */
  readonly kind: string;
  /** `*:30080/TCP` */
  readonly place: string;
  readonly service: string;
  /** Where clients from outside are led. */
  readonly leadsTo: string;
  readonly tone: Tone;
}

/** What a node's proxy must have programmed by what the API says. */
export interface NodeAnswer {
  readonly name: string;
  readonly frontends: readonly NodeFrontend[];
  /** Of all that the filter lets through, those that are not listed, too. */
  readonly total: number;
}

/** Why there is no answer. */
export interface Refusal {
  readonly message: string;
}
