/** VirtualServer: one of IPVS as the kernel has it, what it takes to make it another, and what it then is. Pure. */
import { joinHostPort, splitHostPort } from "../../forwarding/ip-address.ts";
import { assertNever } from "../../lib/assert-never.ts";
import type { IpvsOperation, IpvsPlace, IpvsServer } from "../../netlink/ipvs/index.ts";
import { protocolNumbers } from "../nftables/row.ts";
import { schedulerFlags } from "./scheduler-flags.ts";
import { canDrain, type Scheduler } from "./schedulers.ts";
import type { ServerPlace } from "./server-place.ts";
import type { WantedServer } from "./server-plan.ts";

export interface VirtualServer {
  readonly place: ServerPlace;
  /** How it chooses, as text to compare. */
  readonly choice: string;
  /** By `address:port`. */
  readonly weights: ReadonlyMap<string, number>;
}

export interface ServerChanges {
  /** Before packets are led there. */
  readonly makes: readonly IpvsOperation[];
  /** When no packet is led there any more. */
  readonly breaks: readonly IpvsOperation[];
}

/** Says what a virtual server is made with. */
export function serverSpec(place: ServerPlace, scheduler: Scheduler): IpvsServer {
  return { place: ipvsPlace(place), scheduler, schedulerFlags: schedulerFlags(scheduler) };
}

export function ipvsPlace({ family, protocol, address, port }: ServerPlace): IpvsPlace {
  return { family, protocol: protocolNumbers[protocol], address, port };
}

/** `rr 32`. */
export function choiceOf({ scheduler, schedulerFlags = 0, persistenceSeconds }: Omit<IpvsServer, "place">) {
  return `${scheduler} ${schedulerFlags}${persistenceSeconds === undefined ? "" : ` ${persistenceSeconds}`}`;
}

/**
 * A real server that is not wanted any more gets no new connections (weight 0), and goes when those that it has are gone; the same
 * for all of a virtual server that is not wanted.
 */
export function changesOf(
  place: ServerPlace,
  known: VirtualServer | undefined,
  wanted: WantedServer,
  scheduler: Scheduler,
): ServerChanges {
  const server = serverSpec(place, scheduler);
  const at = server.place;
  const makes: IpvsOperation[] = [];
  const breaks: IpvsOperation[] = [];
  if (wanted.weights && !known) makes.push({ kind: "add-server", server });
  else if (wanted.weights && known?.choice !== choiceOf(server))
    makes.push({ kind: "change-server", server });
  for (const [key, weight] of wanted.weights ?? []) {
    const current = known?.weights.get(key);
    const real = { ...addressAndPort(key), weight };
    if (current === undefined) makes.push({ kind: "add-real-server", place: at, real });
    else if (current !== weight) makes.push({ kind: "change-real-server", place: at, real });
  }
  let stay = 0;
  for (const [key, weight] of known?.weights ?? []) {
    if (wanted.weights?.has(key)) continue;
    const real = { ...addressAndPort(key), weight: 0 };
    if (!canDrain(scheduler) || !wanted.mayStay(key)) {
      breaks.push({ kind: "delete-real-server", place: at, real });
      continue;
    }
    stay += 1;
    if (weight !== 0) breaks.push({ kind: "change-real-server", place: at, real });
  }
  if (known && !wanted.weights && stay === 0)
    return { makes, breaks: [{ kind: "delete-server", place: at }] };
  return { makes, breaks };
}

/** What a virtual server is after a change; undefined if it is gone. */
export function after(
  place: ServerPlace,
  known: VirtualServer | undefined,
  operation: IpvsOperation,
): VirtualServer | undefined {
  const weights = new Map(known?.weights);
  const { kind } = operation;
  switch (kind) {
    case "add-server":
    case "change-server":
      return { place, choice: choiceOf(operation.server), weights };
    case "delete-server":
      return undefined;
    case "add-real-server":
    case "change-real-server":
      weights.set(realServerKey(operation.real), operation.real.weight);
      return known && { ...known, weights };
    case "delete-real-server":
      weights.delete(realServerKey(operation.real));
      return known && { ...known, weights };
    default:
      return assertNever(kind);
  }
}

export function realServerKey({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): string {
  return joinHostPort(address, port);
}

function addressAndPort(key: string): { readonly address: string; readonly port: number } {
  const parts = splitHostPort(key);
  if (!parts) throw new RangeError(`Cannot read the endpoint "${key}"`);
  return parts;
}
