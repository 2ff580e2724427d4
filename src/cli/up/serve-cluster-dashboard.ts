/** The dashboard of a local cluster, served by its supervisor. */
import { createApiClient, loadKubeconfig } from "../../client/index.ts";
import { serveDashboard } from "../../dashboard/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { silentLogger } from "../../lib/log.ts";
import { lbStatusAddress, proxyMetricsPort } from "../commands/lb-defaults.ts";

/** Resolves with its address, which ends with the token. Served until the signal fires. */
export async function serveClusterDashboard(kubeconfig: string, signal: AbortSignal): Promise<string> {
  const config = await loadKubeconfig({ path: kubeconfig });
  const client = createApiClient(config, { userAgent: "porthole-dashboard", log: silentLogger });
  const { url } = await serveDashboard({
    client,
    server: config.server,
    rates: { urls: [`http://${lbStatusAddress}/metrics`], nodePort: proxyMetricsPort },
    clock: systemClock,
    log: silentLogger,
    signal,
  });
  return url;
}
