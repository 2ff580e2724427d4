/** runLoadBalancer: the program in front of the nodes, from where its frontends come from to packets. */
import { hostname } from "node:os";
import type { Dataplane, Problem } from "../dataplane/index.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { parseBindAddress } from "../proxy/bind-address.ts";
import { healNowAndThen } from "../proxy/heal-now-and-then.ts";
import { serveUntil } from "../proxy/serve-until.ts";
import type { FrontendSource } from "./balanced-frontend.ts";
import { Balancer } from "./balancer.ts";
import { createAddressFollower } from "./follow-addresses.ts";
import { defaultHealthPolicy, type HealthPolicy } from "./health/health-policy.ts";
import { type BalancerMode, openBalancerDataplane } from "./open-balancer-dataplane.ts";
import type { AddressSharing, SharingSettings } from "./share-addresses.ts";

export interface LoadBalancerOptions {
  readonly source: FrontendSource;
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What it is called in tables. */
  readonly name?: string;
  readonly health?: Partial<HealthPolicy>;
  /** How long the established connections of a backend that left go on. */
  readonly drainMs?: number;
  /** How long a backend that has come takes to get its whole share of new connections. */
  readonly slowStartMs?: number;
  /** How long clients' connections may go on after the signal. */
  readonly graceMs?: number;
  /** `127.0.0.1:10261`; "" is no server. */
  readonly statusAddress?: string;
  /** Who forwards; `userspace` if absent. */
  readonly mode?: BalancerMode;
  /** Nodes see the client's own address, where the kernel forwards: answers must come back through this machine. */
  readonly keepsSource?: boolean;
  /** Shares the frontends' addresses with other balancers; absent: they are on this machine for good. */
  readonly sharing?: SharingSettings;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Called once, when the first frontends are served. */
  readonly onReady?: () => void;
}

const defaultDrainMs = 30_000;
const defaultSlowStartMs = 10_000;
/** A handshake takes so long at most, unless packets are lost. */
const onTheWayMs = 250;
/** What a dataplane takes beyond the grace to end what is left. */
const endingMs = 2_000;
/** As a proxy. */
const healMs = 1_000;

/** Forwards until the signal fires. Rejects when its frontends cannot be read at all. Throws SyntaxError when an option cannot be read. */
export async function runLoadBalancer(options: LoadBalancerOptions): Promise<void> {
  const { log, clock = systemClock, statusAddress = "" } = options;
  const address = parseBindAddress(statusAddress);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const dataplane = await openBalancerDataplane({
    mode: options.mode ?? "userspace",
    log,
    clock,
    onBackendFailure: (failure) => balancer.connectFailed(failure),
    counting: address !== undefined,
    ...(options.sharing && { sharedLink: options.sharing.interface }),
  });
  const balancer = new Balancer({
    dataplane,
    log,
    clock,
    random: options.random ?? Math.random,
    name: options.name ?? "load-balancer",
    policy: { ...defaultHealthPolicy, ...options.health },
    drainMs: options.drainMs ?? defaultDrainMs,
    slowStartMs: options.slowStartMs ?? defaultSlowStartMs,
    keepsSource: options.keepsSource ?? false,
    onTried: (worked) => sharing?.setHealthy(worked),
    onProblems: (all) => {
      // An address that another balancer has is no problem of this one.
      const isElsewhere = ({ code, frontend }: Problem) =>
        code === "address-not-available" &&
        sharing?.isElsewhere(balancer.states().get(frontend)?.balanced.address ?? "") === true;
      const problems = all.filter((problem) => !isElsewhere(problem));
      options.source.report?.(problems);
      if (all.some(({ code }) => code === "address-not-available")) addresses.follow();
    },
    ...(options.onReady && { onReady: options.onReady }),
  });
  const addresses = createAddressFollower(log, clock, () => balancer.retry());
  let sharing: AddressSharing | undefined;
  try {
    sharing = options.sharing && (await startSharing(options.sharing, options, clock, signal, dataplane));
    const serving = address
      ? serveBalancer(balancer, sharing, { ...address, clock, log, signal })
      : undefined;
    const follow = options.source.follow((frontends) => {
      balancer.setFrontends(frontends);
      sharing?.setAddresses([...frontends.values()].map((frontend) => frontend.address));
    }, signal);
    const healing = healNowAndThen(dataplane, { everyMs: healMs, log, clock, signal });
    await Promise.all([follow, serving, healing]);
  } finally {
    stop.abort();
    if (sharing) await ledElsewhere(sharing, clock);
    await addresses.close();
    await balancer.close();
    await dataplane.close(options.graceMs ?? 0);
    sharing?.release();
    await sharing?.ended;
  }
}

/** Clients are served here until they are led elsewhere, and those who were on their way have come in. */
async function ledElsewhere({ handedOver }: AddressSharing, clock: Clock): Promise<void> {
  await handedOver;
  await new Promise<void>((resolve) => clock.after(onTheWayMs, resolve));
}

/** PERF: only who shares addresses loads it. */
async function startSharing(
  settings: SharingSettings,
  { name, log, graceMs = 0 }: LoadBalancerOptions,
  clock: Clock,
  signal: AbortSignal,
  dataplane: Dataplane,
): Promise<AddressSharing> {
  const { shareAddresses } = await import("./share-addresses.ts");
  const lingerMs = graceMs > 0 ? graceMs + onTheWayMs + endingMs : 0;
  const member = name ?? hostname();
  /** A better balancer has them: who is connected to this one may go on for as long as when it ends. */
  const onLeft = (left: readonly string[]) => {
    const cancel = clock.after(graceMs, () => {
      signal.removeEventListener("abort", cancel);
      dataplane.letGo?.(new Set(left.filter((address) => sharing.isElsewhere(address))));
    });
    signal.addEventListener("abort", cancel, { once: true });
  };
  const sharing = await shareAddresses({ ...settings, member, log, clock, signal, lingerMs, onLeft });
  return sharing;
}

async function serveBalancer(
  balancer: Balancer,
  sharing: AddressSharing | undefined,
  serving: Omit<Parameters<typeof serveUntil>[1], "paths">,
): Promise<void> {
  const { createStatusServer, statusPaths } = await import("./status/status-server.ts");
  await serveUntil(createStatusServer(balancer, sharing), { ...serving, paths: statusPaths });
}
