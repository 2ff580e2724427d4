/** The API server as a pod finds it (client-go rest.InClusterConfig). */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterConfig } from "./cluster-config.ts";
import { tokenFromFile } from "./token-file.ts";

const serviceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Returns undefined outside a pod. */
export async function inClusterConfig(
  env: Readonly<Record<string, string | undefined>>,
  dir: string = serviceAccountDir,
): Promise<ClusterConfig | undefined> {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port) return undefined;
  const ca = await readFile(join(dir, "ca.crt")).catch(() => undefined);
  const readToken = tokenFromFile(join(dir, "token"));
  try {
    await readToken();
  } catch {
    return undefined;
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    tls: ca ? { ca } : {},
    credentials: async () => ({ headers: { authorization: `Bearer ${await readToken()}` } }),
    source: `service account in "${dir}"`,
  };
}
