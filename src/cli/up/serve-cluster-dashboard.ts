/** The dashboard of a local cluster, served by its supervisor. */
import type { ApiClient } from "../../client/index.ts";
import { serveDashboard } from "../../dashboard/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { silentLogger } from "../../lib/log.ts";
import { lbStatusAddress, proxyMetricsPort } from "../commands/lb-defaults.ts";

/** `server`: address of the API server, to be shown. Resolves with the page's, which ends with the token. Served until the signal fires. */
export async function serveClusterDashboard(
  client: ApiClient,
  server: string,
  signal: AbortSignal,
): Promise<string> {
  const { url } = await serveDashboard({
    client,
    server,
    rates: { urls: [`http://${lbStatusAddress}/metrics`], nodePort: proxyMetricsPort },
    clock: systemClock,
    log: silentLogger,
    signal,
  });
  return url;
}
