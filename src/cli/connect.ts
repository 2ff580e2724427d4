/** How every component of the command line gets its API client. */
import type { ApiClient } from "../client/api-client.ts";
import { createApiClient, loadKubeconfig } from "../client/index.ts";
import type { Logger } from "../lib/log.ts";
import { portholeVersion } from "./version.ts";

/**
 * `server` takes the place of the kubeconfig's. Throws an error that names the kubeconfig, the context and the field that is
 * wrong.
 */
export async function connect(
  kubeconfig: string | undefined,
  component: string,
  log: Logger,
  server?: string,
): Promise<ApiClient> {
  const found = await loadKubeconfig(kubeconfig === undefined ? {} : { path: kubeconfig });
  const config = server === undefined ? found : { ...found, server: server.replace(/\/+$/, "") };
  return createApiClient(config, { userAgent: `porthole-${component}/${portholeVersion()}`, log });
}
