/** Leadership: of several balancers on one API one writes. A Lease says which. */
import type { Lease } from "../../api/node.ts";
import { type ApiClient, isAlreadyExists, isConflict, leases } from "../../client/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { formatMicroTime } from "../../lib/rfc3339.ts";
import { wait } from "../../lib/wait.ts";

export interface LeadershipOptions {
  readonly client: ApiClient;
  /** spec.loadBalancerClass that they serve: balancers of different classes do not know of each other. */
  readonly className: string;
  /** Different for each balancer. */
  readonly identity: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

const namespace = "kube-system";
const leaseMs = 15_000;
const renewMs = 3_000;
/** Whoever cannot renew stops writing before others may begin. */
const giveUpMs = 10_000;

/** Campaigns until the signal fires, then gives the Lease back. Others' leases are judged by how long they have not changed as seen from here, so no clocks need to agree. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #key: { readonly namespace: string; readonly name: string };
  #seen: { readonly version: string | undefined; readonly atMs: number } | undefined;
  #renewedAtMs: number | undefined;
  #announced = false;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#key = { namespace, name: leaseName(options.className) };
  }

  get isLeader(): boolean {
    const { clock } = this.#options;
    return this.#renewedAtMs !== undefined && clock.now() - this.#renewedAtMs < giveUpMs;
  }

  async run(): Promise<void> {
    const { clock, log, signal } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        if (isConflict(error) || isAlreadyExists(error)) this.#renewedAtMs = undefined;
        else log.debug("Cannot renew the lease", { error: String(error) });
      }
      this.#announce();
      await wait(clock, renewMs, signal);
    }
    await this.#giveBack();
  }

  async #round(): Promise<void> {
    const { client, clock, identity } = this.#options;
    const startedAt = clock.now();
    const lease = await client.get(leases, this.#key);
    if (!lease) {
      await client.create(leases, { metadata: this.#key, spec: this.#spec(undefined) });
    } else {
      const holder = lease.spec.holderIdentity ?? "";
      const version = lease.metadata.resourceVersion;
      if (this.#seen?.version !== version) this.#seen = { version, atMs: startedAt };
      const isFree = holder === "" || startedAt - (this.#seen?.atMs ?? startedAt) >= leaseMs;
      if (holder !== identity && !isFree) {
        this.#renewedAtMs = undefined;
        return;
      }
      await client.update(leases, { ...lease, spec: this.#spec(lease) });
    }
    this.#renewedAtMs = startedAt;
  }

  #spec(lease: Lease | undefined): Lease["spec"] {
    const { clock, identity } = this.#options;
    const now = formatMicroTime(clock.now());
    const isMine = lease?.spec.holderIdentity === identity;
    const transitions = (lease?.spec.leaseTransitions ?? 0) + (lease && !isMine ? 1 : 0);
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseMs / 1000,
      acquireTime: (isMine ? lease.spec.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: transitions,
    };
  }

  #announce(): void {
    const { log, identity, onChange } = this.#options;
    if (this.isLeader === this.#announced) return;
    this.#announced = this.isLeader;
    log.info(this.#announced ? "Writes addresses into Services" : "Another balancer writes addresses", {
      identity,
    });
    onChange();
  }

  /** The next balancer need not wait. Where the API does not answer it will. */
  async #giveBack(): Promise<void> {
    const { client, identity } = this.#options;
    if (!this.isLeader) return;
    this.#renewedAtMs = undefined;
    const signal = AbortSignal.timeout(1000);
    try {
      const lease = await client.get(leases, this.#key, signal);
      if (lease?.spec.holderIdentity !== identity) return;
      await client.update(leases, { ...lease, spec: { ...lease.spec, holderIdentity: "" } }, { signal });
    } catch {
      // It runs out by itself.
    }
  }
}

/** `porthole.dev/lb` is `porthole-lb.porthole.dev-lb`: a DNS subdomain, as names of objects are. */
function leaseName(className: string): string {
  return `porthole-lb.${className.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-")}`;
}
