/** Check: one thing that can be wrong, how it is found, and its manual page. */
import type { Facts } from "./facts.ts";
import type { ServiceFacts } from "./service-facts.ts";

/** `error`: traffic is lost. `warning`: some of it is, or will be. `info`: it works, but perhaps not as meant. */
export type Severity = "error" | "warning" | "info";

export interface Finding {
  /** `Service default/web`, `Node node-1` */
  readonly object: string;
  /** What was seen: a sentence with the names and numbers in question. */
  readonly evidence: string;
  /** What to do: a sentence in the imperative. */
  readonly advice: string;
}

export interface Check {
  /** kebab-case and stable: scripts and documents name it. */
  readonly id: string;
  readonly severity: Severity;
  /** A short sentence without a full stop. */
  readonly title: string;
  /** The manual page: what it means, how it comes about, what to do. Paragraphs are parted by an empty line. */
  readonly explanation: string;
  /** Ids of checks whose findings follow from this one's, on the same object: it is told before them, however severe they are. */
  readonly causes?: readonly string[];
  /** Pure. */
  readonly find: (facts: Facts) => readonly Finding[];
}

/** A check that looks at one Service after the other. `find` returns undefined where all is well. */
export function serviceCheck(
  check: Omit<Check, "find"> & {
    readonly find: (service: ServiceFacts, facts: Facts) => Omit<Finding, "object"> | undefined;
  },
): Check {
  return {
    ...check,
    find: (facts) =>
      facts.services.flatMap((service) => {
        const found = check.find(service, facts);
        return found ? [{ object: `Service ${service.key}`, ...found }] : [];
      }),
  };
}
