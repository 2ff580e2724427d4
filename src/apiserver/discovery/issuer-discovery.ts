/** OpenID Connect discovery of the issuer of service account tokens (kubernetes/pkg/serviceaccount/openidmetadata.go). */

import type { ServiceAccountTokens } from "../auth/service-account/service-account-tokens.ts";
import { methodNotAllowed } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import type { RequestTarget } from "../request/request-path.ts";

const configurationPath = "/.well-known/openid-configuration";
const keysPath = "/openid/v1/jwks";

export const issuerDiscoveryPaths: readonly string[] = [configurationPath, keysPath];

/** undefined for other paths. */
export function handleIssuerDiscovery(
  { issuer, key }: Pick<ServiceAccountTokens, "issuer" | "key">,
  { method, path, host }: { readonly method: string; readonly path: string; readonly host: string },
  target: RequestTarget,
): Answer | undefined {
  if (target.kind !== "other" || !issuerDiscoveryPaths.includes(path)) return undefined;
  if (method !== "GET") throw methodNotAllowed();
  const headers = { "Cache-Control": "public, max-age=3600" };
  if (path === keysPath) {
    const { kty, crv, x, y } = key.publicKey.export({ format: "jwk" });
    const body = JSON.stringify({ keys: [{ use: "sig", kty, kid: key.id, alg: "ES256", crv, x, y }] });
    return { status: 200, body, contentType: "application/jwk-set+json", headers };
  }
  const body = JSON.stringify({
    issuer,
    jwks_uri: `https://${host}${keysPath}`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  });
  return { status: 200, body, contentType: "application/json", headers };
}
