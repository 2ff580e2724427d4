/** The dataplane of a load balancer: sockets, which need no rights, or the kernel. */
import {
  type BackendFailure,
  createUserspaceDataplane,
  type Dataplane,
  type Problem,
} from "../dataplane/index.ts";
import type { ForwardingTable, Frontend } from "../forwarding/index.ts";
import { type NetworkNamespace, openConntrack, writeSysctl } from "../kernel/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { letFlowsGo } from "./kernel-flows/let-flows-go.ts";
import { untilFlowsEnd } from "./kernel-flows/until-flows-end.ts";
import { LeftBehindFlows } from "./left-behind-flows.ts";

export const balancerModes = ["userspace", "nftables"] as const;
export type BalancerMode = (typeof balancerModes)[number];

export interface BalancerDataplaneOptions {
  readonly mode: BalancerMode;
  readonly log: Logger;
  readonly clock: Clock;
  /** A client's connection to a backend failed. Nobody sees that where the kernel forwards: there probes alone tell. */
  readonly onBackendFailure: (failure: BackendFailure) => void;
  /** Count what goes through where the kernel forwards; sockets always do. */
  readonly counting: boolean;
  /** Name of the link that clients come by, if other balancers take the addresses when this one ends. */
  readonly sharedLink?: string;
  readonly namespace?: NetworkNamespace;
}

/** A node that is far answers a SYN in 100 ms; what takes longer than this is tried elsewhere, and the client waits no longer. */
const connectTimeoutMs = 400;
/** So many nodes may be dead without anybody having noticed yet. */
const connectAttempts = 8;
/** An address that comes to this machine by a takeover is served when it is there, not half a minute later. */
const addressRetryMs = 0;

/** Throws the system's word where the kernel's cannot be had. */
export async function openBalancerDataplane(options: BalancerDataplaneOptions): Promise<Dataplane> {
  const { mode, log, clock, onBackendFailure, counting, sharedLink, namespace } = options;
  if (mode === "nftables") {
    const kernel = await openKernel(options);
    if (!counting) return kernel;
    const { withTraffic } = await import("../dataplane/traffic/with-traffic.ts");
    return withTraffic(kernel, {
      ...(namespace && { namespace }),
      onProblem: (problem) => log.warn("Not all traffic is counted", { problem }),
    });
  }
  if (sharedLink !== undefined)
    allow(options, ["net/ipv4/ip_nonlocal_bind", "net/ipv6/ip_nonlocal_bind"], listeningEarly);
  return createUserspaceDataplane({
    log,
    clock,
    limits: { connectTimeoutMs, connectAttempts, addressRetryMs },
    onBackendFailure,
  });
}

/** What the kernel must do for packets to pass on through this machine. */
const forwardingSettings = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"] as const;

/** Who comes to an address in the moment after it has been taken over finds somebody who listens. */
const listeningEarly = "listen on addresses before they are here";

/** Turns settings on; what cannot be is told. */
function allow(
  { log, namespace }: BalancerDataplaneOptions,
  settings: readonly string[],
  what: string,
): void {
  for (const setting of settings) {
    try {
      writeSysctl(setting, 1, namespace);
    } catch (error) {
      log.warn(`Cannot ${what}`, { error: (error as Error).message });
    }
  }
}

async function openKernel(options: BalancerDataplaneOptions): Promise<Dataplane> {
  const { log, clock, sharedLink: link, namespace } = options;
  const { BALANCER_TABLE, openNftablesDataplane } = await import("../dataplane/nftables/index.ts");
  allow(options, forwardingSettings, "let the kernel forward packets");
  const kernel = await openNftablesDataplane(namespace, BALANCER_TABLE);
  const conntrack = await openConntrack(namespace);
  const leftBehind = new LeftBehindFlows(conntrack);
  let last: ForwardingTable | undefined;
  const letGo = async (isMeant: (frontend: Frontend) => boolean) => {
    if (!last || link === undefined) return;
    const frontends = new Map([...last.frontends].filter(([, frontend]) => isMeant(frontend)));
    await letFlowsGo({ conntrack, link, ...(namespace && { namespace }) }, { ...last, frontends }).catch(
      (error: Error) => log.warn("Connections that go on will be cut off", { error: error.message }),
    );
  };
  return {
    name: kernel.name,
    async apply(next) {
      const { table, problems } = withoutHeaders(next);
      last = table;
      const report = await kernel.apply(table);
      await leftBehind.follow(table).catch((error: Error) => {
        log.warn("Cannot lead clients elsewhere that wait for a backend that is gone", {
          error: error.message,
        });
      });
      return {
        programmed: report.programmed - problems.length,
        problems: [...report.problems, ...problems],
      };
    },
    heal: () => kernel.heal(),
    counters: () => kernel.counters(),
    refreshCounters: () => kernel.refreshCounters(),
    letGo: (addresses) => void letGo(({ address = "" }) => addresses.has(address)),
    /**
     * Nobody asks the nodes any more, so nothing new is led to them. Connections that there are go on, here for as long as another balancer
     * that has the addresses passes their packets back, for which somebody must be there to say so; and the tables must stay,
     * empty: the kernel translates no packet when the last chain of type nat is gone (net/netfilter/nf_nat_core.c, nf_nat_unregister_fn).
     */
    async close(graceMs) {
      if (last && link !== undefined && graceMs > 0) {
        await untilFlowsEnd(conntrack, last, clock, graceMs);
        await letGo(() => true);
      }
      if (last) await kernel.apply({ ...last, frontends: new Map() });
      await kernel.close();
      await conntrack[Symbol.asyncDispose]();
    },
  };
}

/** The kernel cannot put a PROXY header before a client's bytes, and a backend that waits for one must get nothing else. */
function withoutHeaders(next: ForwardingTable): {
  readonly table: ForwardingTable;
  readonly problems: readonly Problem[];
} {
  const withHeader = [...next.frontends.values()].filter(({ proxyProtocol }) => proxyProtocol !== undefined);
  if (withHeader.length === 0) return { table: next, problems: [] };
  const refused = withHeader.map((frontend): [string, Frontend] => [frontend.key, refusing(frontend)]);
  const table = { ...next, frontends: new Map([...next.frontends, ...refused]) };
  return { table, problems: withHeader.map(noHeader) };
}

function refusing(frontend: Frontend): Frontend {
  const target = { kind: "reject", reason: "no-endpoints" } as const;
  return { ...frontend, external: target, internal: target };
}

function noHeader({ key }: Frontend): Problem {
  return {
    frontend: key,
    code: "not-supported",
    message: `${key} is refused: the kernel sends no PROXY protocol header; use --mode userspace, or remove the setting`,
  };
}
