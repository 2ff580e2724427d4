/** The modes in which the kernel forwards: how each is opened, and how what it leaves in the kernel is removed. A new one is a row here. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Scheduler } from "../dataplane/ipvs/schedulers.ts";
import type { NetworkNamespace } from "../kernel/index.ts";

/** What is set beside the mode. */
export interface ModeSettings {
  /** How IPVS chooses; `rr` if absent. */
  readonly ipvsScheduler?: Scheduler;
  /** Somebody may ask what went through. */
  readonly counting?: boolean;
}

export interface KernelMode {
  /** In a namespace, or in the process's own. Rejects where it cannot be had. */
  open(namespace?: NetworkNamespace, settings?: ModeSettings): Promise<Dataplane>;
  /** `auto` does not try it. */
  readonly onlyByName?: true;
  /** Which of the loopback addresses for NodePorts need sockets. */
  isSocketAddress?(address: string): boolean;
  /**
   * Removes what no connection needs any more, when another mode is in force: rules may go at once, since connection tracking goes on
   * by itself. Resolves with whether nothing is left.
   */
  drain?(): Promise<boolean>;
  /** Removes what it left. Returns a line for the user on what was removed. */
  cleanUp(): Promise<readonly string[]>;
}

/** In the order in which `auto` tries them. PERF: none is loaded before it is used. */
export const kernelModes = {
  nftables: {
    open: async (namespace) => (await loadNftables()).openNftablesDataplane(namespace),
    async cleanUp() {
      await (await loadNftables()).cleanupNftables();
      return ["Removed Porthole's nftables tables"];
    },
  },
  iptables: {
    open: async (namespace) => (await loadIptables()).openIptablesDataplane(namespace ? { namespace } : {}),
    isSocketAddress: (address) => address === "::1",
    cleanUp: async () => (await loadIptables()).cleanupIptables(),
  },
  ipvs: {
    open: async (namespace, { ipvsScheduler: scheduler } = {}) =>
      (await loadIpvs()).openIpvsDataplane({
        ...(namespace && { namespace }),
        ...(scheduler && { scheduler }),
      }),
    // It needs all that nftables needs, and more.
    onlyByName: true,
    drain: async () => (await loadIpvsCleanup()).drainIpvs(),
    cleanUp: async () => (await loadIpvsCleanup()).cleanupIpvs(),
  },
} as const satisfies Readonly<Record<string, KernelMode>>;

export type KernelModeName = keyof typeof kernelModes;

/** Whether the kernel forwards in this mode: then what is forwarded goes on when the proxy ends. */
export function isKernelModeName(mode: string): mode is KernelModeName {
  return Object.hasOwn(kernelModes, mode);
}

/** Removes what all of them left in the kernel. Returns lines for the user. */
export async function cleanupKernelModes(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const mode of Object.values<KernelMode>(kernelModes)) lines.push(...(await mode.cleanUp()));
  return lines;
}

const loadNftables = () => import("../dataplane/nftables/index.ts");
const loadIpvs = () => import("../dataplane/ipvs/index.ts");
const loadIpvsCleanup = () => import("../dataplane/ipvs/cleanup-ipvs.ts");
const loadIptables = () => import("../dataplane/iptables/index.ts");
