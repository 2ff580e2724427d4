/** The kubeconfig that gives kubectl and the components an administrator's access. */
import type { CertificatePair } from "./pki/certificate-request.ts";

export type Credentials =
  | { readonly kind: "token"; readonly token: string }
  | ({ readonly kind: "certificate" } & CertificatePair);

/** JSON, which is YAML too: a component reads it without loading a parser of YAML, which takes 15 ms and 4 MB. */
export function kubeconfigText(url: string, authority: string, credentials: Credentials): string {
  const user =
    credentials.kind === "token"
      ? { token: credentials.token }
      : {
          "client-certificate-data": base64(credentials.certificate),
          "client-key-data": base64(credentials.key),
        };
  const cluster = { server: url, "certificate-authority-data": base64(authority) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "porthole", cluster }],
    users: [{ name: "porthole-admin", user }],
    contexts: [{ name: "porthole", context: { cluster: "porthole", user: "porthole-admin" } }],
    "current-context": "porthole",
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
