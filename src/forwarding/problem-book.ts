/** ProblemBook: all problems of Services that there are, kept at the cost of what changes. */
import { formatServiceKey, type ServiceProblem } from "./service-problem.ts";

type Problems = readonly ServiceProblem[];

export class ProblemBook {
  /** What is wrong in a Service itself, by Service. */
  readonly #ofServices = new Map<string, Problems>();
  /** What several Services want, by slot. */
  readonly #ofSlots = new Map<string, Problems>();
  #all: ReadonlyMap<string, Problems> | undefined = new Map();

  setOfService(service: string, problems: Problems): void {
    this.#set(this.#ofServices, service, problems);
  }

  setOfSlot(slot: string, problems: Problems): void {
    this.#set(this.#ofSlots, slot, problems);
  }

  /** By Service; the same map as long as nothing changes. */
  all(): ReadonlyMap<string, Problems> {
    this.#all ??= this.#collect();
    return this.#all;
  }

  #set(book: Map<string, Problems>, key: string, problems: Problems): void {
    if (problems.length === 0 && !book.has(key)) return;
    if (problems.length === 0) book.delete(key);
    else book.set(key, problems);
    this.#all = undefined;
  }

  #collect(): ReadonlyMap<string, Problems> {
    const slots = [...this.#ofSlots.keys()].sort();
    const inOrder = [
      ...[...this.#ofServices.values()].flat(),
      ...slots.flatMap((slot) => this.#ofSlots.get(slot) ?? []),
    ];
    const all = new Map<string, ServiceProblem[]>();
    for (const problem of inOrder) {
      const key = formatServiceKey(problem.service);
      const known = all.get(key);
      if (known) known.push(problem);
      else all.set(key, [problem]);
    }
    return all;
  }
}
