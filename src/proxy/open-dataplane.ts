/** Opens the dataplane of a mode, and loads no other. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Logger } from "../lib/log.ts";
import { type ProxyMode, proxyModes } from "./config/proxy-mode.ts";

/** Throws SyntaxError for a mode that there is none of, and the kernel's word where it cannot be had. */
export async function openDataplane(mode: ProxyMode, log: Logger): Promise<Dataplane> {
  switch (mode) {
    case "userspace":
      return openUserspace(log);
    case "nftables": {
      const [{ openNftablesDataplane }, { withLocalhost }] = await Promise.all([
        import("../dataplane/nftables/index.ts"),
        import("../dataplane/localhost/with-localhost.ts"),
      ]);
      return withLocalhost(await openNftablesDataplane(), () => openUserspace(log));
    }
    default:
      throw new SyntaxError(`Cannot forward in mode "${mode}": there are ${proxyModes.join(" and ")}`);
  }
}

/** Whether what is forwarded is forwarded by the kernel, and goes on when the proxy ends. */
export function isKernelMode(mode: ProxyMode): boolean {
  return mode !== "userspace";
}

async function openUserspace(log: Logger): Promise<Dataplane> {
  const { createUserspaceDataplane } = await import("../dataplane/index.ts");
  return createUserspaceDataplane({ log });
}
