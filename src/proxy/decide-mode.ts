/** Decides how a proxy forwards where that is left to it: by trying, since versions say little of what a kernel has. */
import { randomBytes } from "node:crypto";
import type { ForwardingTable, Frontend } from "../forwarding/index.ts";
import { backend, frontendKey } from "../forwarding/index.ts";
import { createNetworkNamespace, deleteNetworkNamespace } from "../kernel/index.ts";
import type { Logger } from "../lib/log.ts";
import type { ProxyMode } from "./config/index.ts";
import { type KernelMode, kernelModes } from "./kernel-modes.ts";

/** A mode, or what it was chosen from. */
export type ChosenMode = Exclude<ProxyMode, "auto">;

/** Rejects with why a mode cannot be had here. */
export type ProbeMode = (mode: KernelMode) => Promise<void>;

/** Returns the mode itself, for `auto` the first kernel mode that works in a namespace of its own, else userspace; it logs why. */
export async function decideMode(
  mode: ProxyMode,
  log: Logger,
  probe: ProbeMode = probeInNamespace,
): Promise<ChosenMode> {
  if (mode !== "auto") return mode;
  const because: Record<string, string> = {};
  const candidates: readonly (readonly [string, KernelMode])[] = Object.entries(kernelModes);
  for (const [name, candidate] of candidates) {
    if (candidate.onlyByName) continue;
    try {
      await probe(candidate);
      because[name] = "works in a namespace of its own";
      log.info("Chose how to forward", { mode: name, because });
      return name as ChosenMode;
    } catch (error) {
      because[name] = (error as Error).message;
    }
  }
  log.info("Chose how to forward", { mode: "userspace", because });
  return "userspace";
}

async function probeInNamespace(mode: KernelMode): Promise<void> {
  const name = `porthole-probe-${process.pid}-${randomBytes(4).toString("hex")}`;
  const namespace = await createNetworkNamespace(name);
  try {
    const dataplane = await mode.open(namespace);
    try {
      await dataplane.apply(probeTable);
    } finally {
      await dataplane.close(0);
    }
  } finally {
    namespace[Symbol.dispose]();
    await deleteNetworkNamespace(name);
  }
}

/** Something of everything that asks for a feature of the kernel. Addresses of documentation (RFC 5737, RFC 3849). */
const probeTable: ForwardingTable = {
  node: "probe",
  nodePortAddresses: ["192.0.2.1", "2001:db8::1"],
  nodeAddresses: ["192.0.2.1", "2001:db8::1"],
  podCIDRs: ["198.51.100.0/24", "2001:db8:1::/64"],
  frontends: new Map(
    [probeFrontend("IPv4", "198.51.100.1"), probeFrontend("IPv6", "2001:db8:1::1")].map((frontend) => [
      frontend.key,
      frontend,
    ]),
  ),
};

function probeFrontend(family: Frontend["family"], address: string): Frontend {
  const target = {
    kind: "forward",
    backends: [backend(address, 8080, true), backend(address, 8081, false)],
  } as const;
  return {
    key: frontendKey("NodePort", family, "TCP", undefined, 30_000),
    kind: "NodePort",
    family,
    protocol: "TCP",
    port: 30_000,
    service: { namespace: "default", name: "probe", port: "" },
    external: target,
    internal: target,
    masquerade: true,
    affinitySeconds: 10_800,
  };
}
