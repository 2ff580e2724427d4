/** Who may come in, as whom, for what, and how many at once. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../lib/clock.ts";
import type { Store } from "../store/index.ts";
import { type AuditLog, openAuditLog } from "./audit/audit-log.ts";
import { createAuthenticator } from "./auth/authenticate.ts";
import { createAuthorizer } from "./auth/authorizer.ts";
import type { RoleIndex } from "./auth/role-index.ts";
import { createServiceAccountTokens } from "./auth/service-account/service-account-tokens.ts";
import { ensureSigningKey } from "./auth/service-account/signing-key.ts";
import { parseTokenFile, type TokenTable } from "./auth/token-file.ts";
import type { RequestHandling } from "./http/handle-request.ts";
import { createRequestsInFlight } from "./limits/requests-in-flight.ts";
import { type ApiServerOptions, defaultServiceAccountIssuer, inFlightLimits } from "./options.ts";

export type ServerAccess = Pick<
  RequestHandling,
  "authenticator" | "authorizer" | "tokens" | "inFlight" | "audit"
>;

export async function openAccess(
  store: Store,
  options: ApiServerOptions,
  roles: RoleIndex,
  staticTokens: TokenTable | undefined,
): Promise<ServerAccess> {
  const tokens = createServiceAccountTokens({
    store,
    clock: systemClock,
    key: await ensureSigningKey(join(options.dataDir, "pki", "sa.key")),
    issuer: options.serviceAccountIssuer ?? defaultServiceAccountIssuer,
  });
  const audit = auditLogOf(options);
  return {
    authenticator: createAuthenticator(staticTokens, tokens),
    authorizer: createAuthorizer(roles),
    tokens,
    inFlight: createRequestsInFlight(inFlightLimits(options)),
    ...(audit ? { audit } : {}),
  };
}

export async function readTokens(file: string | undefined): Promise<TokenTable | undefined> {
  return file === undefined ? undefined : parseTokenFile(await readFile(file, "utf8"), file);
}

const megabyte = 1024 * 1024;

function auditLogOf({
  auditLogPath: path,
  auditLogMaxsize = 100,
  auditLogMaxbackup: maxBackups = 10,
}: ApiServerOptions): AuditLog | undefined {
  return path === undefined
    ? undefined
    : openAuditLog({ path, maxBytes: auditLogMaxsize * megabyte, maxBackups, clock: systemClock });
}
