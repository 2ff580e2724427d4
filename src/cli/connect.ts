/** How every component of the command line gets its API client. */
import type { ApiClient } from "../client/api-client.ts";
import { createApiClient, loadKubeconfig } from "../client/index.ts";
import type { Logger } from "../lib/log.ts";
import { portholeVersion } from "./version.ts";

/** Throws an error that names the kubeconfig, the context and the field that is wrong. */
export async function connect(
  kubeconfig: string | undefined,
  component: string,
  log: Logger,
): Promise<ApiClient> {
  const config = await loadKubeconfig(kubeconfig === undefined ? {} : { path: kubeconfig });
  return createApiClient(config, { userAgent: `porthole-${component}/${portholeVersion()}`, log });
}
