/** The kubeconfig that gives kubectl and the components an administrator's access. */
import type { CertificatePair } from "./pki/certificate-request.ts";

export type Credentials =
  | { readonly kind: "token"; readonly token: string }
  | ({ readonly kind: "certificate" } & CertificatePair);

export function kubeconfigText(url: string, authority: string, credentials: Credentials): string {
  const user =
    credentials.kind === "token"
      ? `    token: ${JSON.stringify(credentials.token)}`
      : `    client-certificate-data: ${base64(credentials.certificate)}\n    client-key-data: ${base64(credentials.key)}`;
  return `apiVersion: v1
kind: Config
clusters:
- name: porthole
  cluster:
    server: ${url}
    certificate-authority-data: ${base64(authority)}
users:
- name: porthole-admin
  user:
${user}
contexts:
- name: porthole
  context:
    cluster: porthole
    user: porthole-admin
current-context: porthole
`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
