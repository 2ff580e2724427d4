/** What a proxy holds open: the API's objects, the machine's addresses, the dataplane. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { decideMode } from "./decide-mode.ts";
import { isKernelModeName } from "./kernel-modes.ts";
import { type AddressSource, noAddresses, openLocalAddresses } from "./local-addresses.ts";
import { parseNodePortAddresses } from "./node-port-addresses.ts";
import { openDataplane } from "./open-dataplane.ts";
import { openProxyCaches, type ProxyCaches } from "./proxy-caches.ts";
import type { ProxyOptions } from "./proxy-options.ts";
import type { ViewSettings } from "./view-of-node.ts";

export interface ProxyResources {
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether the kernel forwards. */
  readonly kernel: boolean;
  readonly settings: ViewSettings;
  readonly dataplane: Dataplane;
  readonly localAddresses: AddressSource;
  /** They read until the options' signal fires. */
  readonly caches: ProxyCaches;
}

/** Throws SyntaxError when an option cannot be read, and the system's word where a dataplane cannot be had. */
export async function openResources(options: ProxyOptions): Promise<ProxyResources> {
  const { client, nodeName, proxyName, log, signal, clock = systemClock } = options;
  const settings = viewSettings(options);
  const mode = await decideMode(options.mode ?? "userspace", log);
  const kernel = options.dataplane === undefined && isKernelModeName(mode);
  const dataplane =
    options.dataplane ??
    (await openDataplane(mode, log, { ...options, counting: Boolean(options.metricsBindAddress) }));
  const needsAddresses = kernel || settings.nodePortAddresses.cidrs.length > 0;
  const localAddresses =
    options.localAddresses ?? (needsAddresses ? await openLocalAddresses(log, clock) : noAddresses);
  const startedAt = clock.now();
  const ours = proxyName === undefined ? {} : { proxyName };
  const caches = openProxyCaches({
    client,
    nodeName,
    ...ours,
    withServiceCidrs: kernel,
    startedAt,
    log,
    signal,
  });
  return { clock, startedAt, kernel, settings, dataplane, localAddresses, caches };
}

/** What the kernel forwards goes on; sockets end after `graceMs` at the latest. */
export async function closeResources(
  { dataplane, localAddresses }: ProxyResources,
  graceMs: number,
): Promise<void> {
  await localAddresses.close();
  await dataplane.close(graceMs);
}

function viewSettings(options: ProxyOptions): ViewSettings {
  const { bindAddress, masqueradeAll, masqueradeBit, podDetection = { kind: "node-cidr" } } = options;
  return {
    nodePortAddresses: parseNodePortAddresses(options.nodePortAddresses),
    podDetection,
    ...(bindAddress !== undefined && { bindAddress }),
    ...(masqueradeAll && { masqueradeAll }),
    ...(masqueradeBit !== undefined && { masqueradeBit }),
  };
}
