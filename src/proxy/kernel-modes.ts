/** The modes in which the kernel forwards: how each is opened, and how what it leaves in the kernel is removed. A new one is a row here. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { NetworkNamespace } from "../kernel/index.ts";

export interface KernelMode {
  /** In a namespace, or in the process's own. Rejects where it cannot be had. */
  open(namespace?: NetworkNamespace): Promise<Dataplane>;
  /** Which of the loopback addresses for NodePorts need sockets. */
  isSocketAddress?(address: string): boolean;
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
const loadIptables = () => import("../dataplane/iptables/index.ts");
