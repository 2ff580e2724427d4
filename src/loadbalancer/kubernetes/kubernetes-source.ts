/** The Kubernetes API as the source of frontends; it gives Services their addresses, too. */
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { Service } from "../../api/service.ts";
import {
  type ApiClient,
  createEventRecorder,
  endpointSlices,
  nodes,
  openListWatchCache,
  services,
} from "../../client/index.ts";
import type { Problem } from "../../dataplane/index.ts";
import { aborted } from "../../lib/aborted.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { ProblemReporter } from "../../proxy/problem-reporter.ts";
import type { ProxyProblem } from "../../proxy/proxy-problem.ts";
import { createSliceTrimmer } from "../../proxy/trim-objects.ts";
import type { FrontendSource } from "../balanced-frontend.ts";
import { Leadership } from "./leadership.ts";
import { ServiceBook, type ServiceBookOptions } from "./service-book.ts";
import { StatusWriter } from "./status-writer.ts";

export interface KubernetesSourceOptions extends ServiceBookOptions {
  readonly client: ApiClient;
  /** Different for each balancer on this API. */
  readonly identity: string;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** With the API gone the last state stays: health checks go on, and nobody is taken out for want of news. */
export function openKubernetesSource(options: KubernetesSourceOptions): FrontendSource {
  const problems = new Map<string, Problem["code"]>();
  let problemsText = "";
  let onProblems = () => {};
  return {
    report(current) {
      const text = JSON.stringify(current.map(({ frontend, code }) => [frontend, code]));
      if (text === problemsText) return;
      problemsText = text;
      problems.clear();
      for (const { frontend, code } of current) problems.set(frontend, code);
      onProblems();
    },
    async follow(onFrontends, signal) {
      const following = new Following(options, problems, onFrontends, signal);
      onProblems = () => following.problemsChanged();
      await following.run();
    },
  };
}

type OnFrontends = Parameters<FrontendSource["follow"]>[0];

class Following {
  readonly #onFrontends: OnFrontends;
  readonly #signal: AbortSignal;
  readonly #book: ServiceBook;
  readonly #leadership: Leadership;
  readonly #writer: StatusWriter;
  readonly #reporter: ProblemReporter;
  readonly #caches;

  constructor(
    options: KubernetesSourceOptions,
    problems: ReadonlyMap<string, Problem["code"]>,
    onFrontends: OnFrontends,
    signal: AbortSignal,
  ) {
    const { client, log, identity, className, clock = systemClock } = options;
    this.#onFrontends = onFrontends;
    this.#signal = signal;
    this.#book = new ServiceBook(options);
    const common = { client, log, signal, clock };
    const trim = createSliceTrimmer(Number.POSITIVE_INFINITY);
    this.#caches = {
      services: openListWatchCache({ ...common, resource: services }),
      slices: openListWatchCache({ ...common, resource: endpointSlices, trim }),
      nodes: openListWatchCache({ ...common, resource: nodes }),
    };
    const events = createEventRecorder({ client, log, component: "porthole-load-balancer", clock });
    this.#leadership = new Leadership({ ...common, identity, className, onChange: () => this.#tell() });
    this.#writer = new StatusWriter({
      client,
      events,
      clock,
      log,
      wanted: () => (this.#leadership.isLeader ? this.#book.statuses(problems) : []),
      onWritten: (service) => this.#caches.services.note(service),
    });
    const findService = (key: { readonly namespace: string; readonly name: string }) =>
      this.#caches.services.get(key);
    this.#reporter = new ProblemReporter({ events, log, findService });
  }

  async run(): Promise<void> {
    const leading = this.#leadership.run();
    try {
      const { services, slices, nodes } = this.#caches;
      await Promise.all([services.whenSynced(), slices.whenSynced(), nodes.whenSynced()]);
      this.#follow();
      await aborted(this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    } finally {
      await this.#writer.close();
      await leading;
    }
  }

  problemsChanged(): void {
    this.#writer.trigger();
  }

  #follow(): void {
    const { services, slices, nodes } = this.#caches;
    let isFilled = false;
    const changed = (matters: boolean) => {
      if (isFilled && matters) this.#tell();
    };
    services.subscribe(({ added, updated, deleted }) => {
      for (const service of deleted) this.#book.deleteService(service);
      for (const service of added) this.#book.setService(service);
      for (const { next } of updated) this.#book.setService(next);
      changed(true);
    });
    slices.subscribe(({ added, updated, deleted }) => {
      const set = (slice: EndpointSlice) => this.#book.setSlice(slice);
      const results = [
        ...deleted.map((slice) => this.#book.deleteSlice(slice)),
        ...added.map(set),
        ...updated.map(({ next }) => set(next)),
      ];
      changed(results.includes(true));
    });
    nodes.subscribe(() => changed(this.#book.setNodes(nodes.items().values())));
    this.#book.setNodes(nodes.items().values());
    isFilled = true;
    this.#tell();
  }

  /** Frontends first: what is taken away must get no client any more. */
  #tell(): void {
    if (this.#signal.aborted || !this.#caches.services.synced) return;
    this.#onFrontends(this.#book.frontends());
    this.#writer.trigger();
    if (this.#leadership.isLeader) this.#reporter.report(this.#problemsOfServices());
  }

  #problemsOfServices(): readonly ProxyProblem[] {
    const refusals = this.#book.allocation().refusals.map(({ service, reason, message }) => ({
      id: `${service} ${reason} ${message}`,
      service: keyOf(this.#book.services().get(service)?.object),
      reason,
      message,
    }));
    const unreadable = [...this.#book.services().values()].flatMap(({ name, object, problems }) =>
      problems.map((message) => ({
        id: `${name} ${message}`,
        service: keyOf(object),
        reason: "InvalidLoadBalancerSetting",
        message,
      })),
    );
    return [...refusals, ...unreadable];
  }
}

function keyOf(service: Service | undefined): { readonly namespace: string; readonly name: string } {
  return { namespace: service?.metadata.namespace ?? "", name: service?.metadata.name ?? "" };
}
