/** Opens the dataplane of a mode, and loads no other. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Logger } from "../lib/log.ts";

export type ProxyMode = "userspace";

/** Throws SyntaxError for a mode that there is none of. */
export async function openDataplane(mode: ProxyMode, log: Logger): Promise<Dataplane> {
  if (mode !== "userspace") throw new SyntaxError(`Cannot forward in mode "${mode}": there is "userspace"`);
  const { createUserspaceDataplane } = await import("../dataplane/index.ts");
  return createUserspaceDataplane({ log });
}
