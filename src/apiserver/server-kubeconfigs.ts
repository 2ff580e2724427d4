/** The kubeconfigs that a server writes when it has an address: the administrator's, and those of the components. */
import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type { TokenTable } from "./auth/token-file.ts";
import { type HttpsServer, serverUrl } from "./http/https-server.ts";
import { kubeconfigText } from "./kubeconfig.ts";
import type { ApiServerOptions } from "./options.ts";
import type { ComponentIdentity } from "./pki/certificate-request.ts";
import { type Pki, writePrivateFile } from "./pki/pki-files.ts";

/** A token of an administrator where there is one, else the administrator's certificate. Resolves with the text. */
export async function writeKubeconfig(
  { kubeconfigOut }: ApiServerOptions,
  { host, port }: HttpsServer,
  { authority, certificates }: Pki,
  tokens: TokenTable | undefined,
): Promise<string> {
  const token = tokens?.administrator;
  const credentials =
    token === undefined
      ? ({ kind: "certificate", ...(certificates.get("admin") ?? authority) } as const)
      : ({ kind: "token", token } as const);
  const text = kubeconfigText(serverUrl(endpointHost(host), port), authority.certificate, credentials);
  if (kubeconfigOut !== undefined) await writePrivateFile(kubeconfigOut, text);
  return text;
}

export async function writeComponentKubeconfigs(
  { componentKubeconfigs: directory }: ApiServerOptions,
  components: readonly ComponentIdentity[],
  { host, port }: HttpsServer,
  { authority, certificates }: Pki,
): Promise<void> {
  if (directory === undefined) return;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const url = serverUrl(endpointHost(host), port);
  await Promise.all(
    components.map(({ name }) => {
      const pair = certificates.get(name);
      if (!pair) throw new TypeError(`there is no certificate for ${name}`);
      const text = kubeconfigText(url, authority.certificate, { kind: "certificate", ...pair });
      return writePrivateFile(join(directory, `${name}.kubeconfig`), text);
    }),
  );
}

/** Where clients on this machine reach a server that listens on every address. */
export function endpointHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" || isIP(host) === 0 ? "::1" : host;
}
