/** Node's connection errors in words that say what to do. */
import { NetworkError, type NetworkErrorCode } from "./errors.ts";

const words: Readonly<Record<string, readonly [NetworkErrorCode, string]>> = {
  ECONNREFUSED: ["unreachable", "connection refused; is the API server running there?"],
  EHOSTUNREACH: ["unreachable", "no route to that host"],
  ENETUNREACH: ["unreachable", "no route to that network"],
  ENOTFOUND: ["unreachable", "the host name is not known"],
  EAI_AGAIN: ["unreachable", "the host name cannot be looked up at the moment"],
  EADDRNOTAVAIL: ["unreachable", "no local port or address is left to connect from"],
  ETIMEDOUT: ["timeout", "the connection timed out"],
  ECONNRESET: ["closed", "the server closed the connection before it answered"],
  EPIPE: ["closed", "the server closed the connection before it answered"],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "tls",
    "its certificate is not signed by the kubeconfig's certificate authority",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "tls",
    "its certificate is not signed by the kubeconfig's certificate authority",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "tls",
    "its certificate is not signed by the kubeconfig's certificate authority",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "tls",
    "its certificate is not signed by the kubeconfig's certificate authority",
  ],
  CERT_SIGNATURE_FAILURE: ["tls", "its certificate is not signed by the kubeconfig's certificate authority"],
  CERT_HAS_EXPIRED: ["tls", "its certificate has expired"],
  CERT_NOT_YET_VALID: ["tls", "its certificate is not valid yet; compare the clocks of both machines"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "tls",
    "its certificate is for another name; use that name in the kubeconfig, or set tls-server-name",
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: ["tls", "it does not speak TLS on that port; the kubeconfig says https"],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: ["tls", "it asks for a client certificate"],
};

/** Wraps whatever Node's http or tls threw for a request to `server`; passes errors on that are already worded. */
export function toNetworkError(error: unknown, server: string): NetworkError {
  if (error instanceof NetworkError) return error;
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const known = words[code ?? ""];
  if (known)
    return new NetworkError(known[0], `Cannot reach the API server at ${server}: ${known[1]}`, error);
  if (code?.startsWith("HPE_")) {
    return new NetworkError("protocol", `Cannot use the answer of ${server}: it is not HTTP`, error);
  }
  const kind = code?.startsWith("ERR_SSL") || code?.startsWith("ERR_TLS") ? "tls" : "unreachable";
  return new NetworkError(
    kind,
    `Cannot reach the API server at ${server}: ${message ?? String(error)}`,
    error,
  );
}

export function timeoutError(server: string, what: string, afterMs: number): NetworkError {
  return new NetworkError(
    "timeout",
    `The API server at ${server} ${what} for ${Math.round(afterMs / 1000)} s`,
  );
}

/** Nobody refused, and nobody answered: packets are lost on the way. */
export function noConnectionError(server: string, afterMs: number): NetworkError {
  const seconds = Math.round(afterMs / 1000);
  return new NetworkError(
    "unreachable",
    `Cannot reach the API server at ${server}: no connection within ${seconds} s; is there a firewall, or a route missing?`,
  );
}
