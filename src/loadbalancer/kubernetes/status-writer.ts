/** StatusWriter: makes the Services' status say which addresses they have. */
import type { LoadBalancerIngress, Service } from "../../api/service.ts";
import { type ApiClient, type EventRecorder, isConflict, isNotFound, services } from "../../client/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { SyncLoop, type SyncOutcome } from "../../proxy/sync-loop.ts";
import { isSameIngress } from "./wanted-ingress.ts";

export interface StatusWriterOptions {
  readonly client: ApiClient;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  /** What each Service's status is to say now; nothing while somebody else writes. */
  readonly wanted: () => readonly WantedStatus[];
  /** Told of each Service as it was written. */
  readonly onWritten: (service: Service) => void;
}

export interface WantedStatus {
  readonly service: Service;
  readonly ingress: readonly LoadBalancerIngress[];
}

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #loop: SyncLoop;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#loop = new SyncLoop({
      sync: () => this.#sync(),
      onError: (error, retryInMs) =>
        options.log.warn("Cannot write a Service's status", { error: String(error), retryInMs }),
      clock: options.clock,
    });
  }

  trigger(): void {
    this.#loop.trigger();
  }

  async close(): Promise<void> {
    await this.#loop.close();
  }

  async #sync(): Promise<SyncOutcome> {
    for (const { service, ingress } of this.#options.wanted()) {
      if (!isSameIngress(service, ingress)) await this.#write(service, ingress);
    }
    return "complete";
  }

  /** A write that somebody else's overtook is left: the change comes by the watch, and what follows from it is looked at then. */
  async #write(service: Service, ingress: readonly LoadBalancerIngress[]): Promise<void> {
    const { client, events, log, onWritten } = this.#options;
    const { namespace = "", name, resourceVersion } = service.metadata;
    const body = {
      metadata: { resourceVersion },
      status: { loadBalancer: { ingress: ingress.length > 0 ? ingress : null } },
    };
    let written: Service;
    try {
      written = await client.patch(services, { namespace, name }, "merge", body, { subresource: "status" });
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return;
      throw error;
    }
    const addresses = ingress.flatMap(({ ip }) => ip ?? []).join(", ");
    log.info("Wrote a Service's addresses", { service: `${namespace}/${name}`, addresses });
    const before = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []).join(", ");
    if (addresses !== before && addresses !== "") {
      const message = `The load balancer serves it at ${addresses}`;
      events.record({ about: written, type: "Normal", reason: "AddressAssigned", message });
    }
    onWritten(written);
  }
}
