/** Opens the dataplane of a mode, and loads no other. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Logger } from "../lib/log.ts";
import { proxyModes } from "./config/proxy-mode.ts";
import { isKernelModeName, type KernelMode, kernelModes, type ModeSettings } from "./kernel-modes.ts";

/** Throws SyntaxError for a mode that there is none of, and the kernel's word where it cannot be had. */
export async function openDataplane(
  mode: string,
  log: Logger,
  settings: ModeSettings = {},
): Promise<Dataplane> {
  if (mode === "userspace") return openUserspace(log);
  if (!isKernelModeName(mode)) {
    throw new SyntaxError(`Cannot forward in mode "${mode}": there are ${proxyModes.join(", ")} and auto`);
  }
  const kernelMode: KernelMode = kernelModes[mode];
  const [dataplane, { withLocalhost }, { takeOver }] = await Promise.all([
    kernelMode.open(undefined, settings),
    import("../dataplane/localhost/with-localhost.ts"),
    import("./take-over.ts"),
  ]);
  const whole = withLocalhost(
    takeOver(dataplane, mode, log),
    () => openUserspace(log),
    kernelMode.isSocketAddress,
  );
  if (!settings.counting) return whole;
  const { withTraffic } = await import("../dataplane/traffic/with-traffic.ts");
  return withTraffic(whole, {
    onProblem: (problem) => log.warn("Not all traffic is counted", { problem }),
  });
}

async function openUserspace(log: Logger): Promise<Dataplane> {
  const { createUserspaceDataplane } = await import("../dataplane/index.ts");
  return createUserspaceDataplane({ log });
}
