/** ProblemReporter: tells each problem once when it comes, and once when it is over. */
import type { Service } from "../api/service.ts";
import type { EventRecorder } from "../client/index.ts";
import { formatServiceKey, type ServiceKey } from "../forwarding/index.ts";
import type { Logger } from "../lib/log.ts";
import type { ProxyProblem } from "./proxy-problem.ts";

export interface ProblemReporterOptions {
  readonly events: Pick<EventRecorder, "record">;
  /** Undefined for a Service that is gone: nobody needs to hear of it any more. */
  readonly findService: (key: ServiceKey) => Service | undefined;
  readonly log: Logger;
}

export class ProblemReporter {
  readonly #options: ProblemReporterOptions;
  #known: ReadonlyMap<string, ProxyProblem> = new Map();

  constructor(options: ProblemReporterOptions) {
    this.#options = options;
  }

  /** Takes all problems that there are now. */
  report(problems: Iterable<ProxyProblem>): void {
    const current = new Map([...problems].map((problem) => [problem.id, problem]));
    for (const problem of current.values()) {
      if (this.#known.get(problem.id)?.message !== problem.message) this.#begin(problem);
    }
    for (const problem of this.#known.values()) if (!current.has(problem.id)) this.#end(problem);
    this.#known = current;
  }

  #begin({ service, reason, message }: ProxyProblem): void {
    const { events, findService, log } = this.#options;
    log.warn(message, { service: formatServiceKey(service), reason });
    const about = findService(service);
    if (about) events.record({ about, type: "Warning", reason, message });
  }

  #end({ service, reason, over }: ProxyProblem): void {
    const { events, findService, log } = this.#options;
    log.info("A problem is over", { service: formatServiceKey(service), reason });
    const about = findService(service);
    if (about && over) events.record({ about, type: "Normal", ...over });
  }
}
