/** The API server: store, certificates, HTTPS, and what a cluster has from the beginning. */
import { mkdir, readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { allDefinitions } from "../api/kinds.ts";
import { forLoopbackCluster } from "../api/loopback-cluster.ts";
import type { KubeObject } from "../api/meta.ts";
import { systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { defaultHistoryPolicy, keepHistory, type Store } from "../store/index.ts";
import { type AuditLog, openAuditLog } from "./audit/audit-log.ts";
import { createAuthenticator } from "./auth/authenticate.ts";
import { createAuthorizer } from "./auth/authorizer.ts";
import { reconcileRoles } from "./auth/reconcile-roles.ts";
import { followRoles } from "./auth/role-index.ts";
import { createServiceAccountTokens } from "./auth/service-account/service-account-tokens.ts";
import { ensureSigningKey } from "./auth/service-account/signing-key.ts";
import { parseTokenFile, type TokenTable } from "./auth/token-file.ts";
import { listenForBackups } from "./backup/backup-socket.ts";
import { bootstrap } from "./bootstrap.ts";
import { createHealthChecks } from "./discovery/health-checks.ts";
import { handleRequest, type RequestHandling } from "./http/handle-request.ts";
import { handleUpgrade } from "./http/handle-upgrade.ts";
import { type HttpsServer, listenHttps, serverUrl } from "./http/https-server.ts";
import { kubeconfigText } from "./kubeconfig.ts";
import { createRequestsInFlight } from "./limits/requests-in-flight.ts";
import { openState } from "./open-state.ts";
import {
  type ApiServerOptions,
  defaultServiceAccountIssuer,
  defaultServiceClusterIpRange,
  defaultServiceNodePortRange,
  inFlightLimits,
  parseListenAddress,
} from "./options.ts";
import {
  type CertificateRequest,
  type ComponentIdentity,
  certificateRequests,
  componentIdentities,
} from "./pki/certificate-request.ts";
import { ensurePki, type Pki, writePrivateFile } from "./pki/pki-files.ts";
import type { Registry } from "./registry/registry.ts";
import { createKindRegistry } from "./registry/served-kind.ts";
import { startServiceAllocation } from "./service/start-service-allocation.ts";
import { firstServiceAddress } from "./service-range.ts";
import { createNodeConnector } from "./subresource/node-connector.ts";
import type { WriteHook } from "./write-hook.ts";

export interface RunningApiServer {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /** The text of a kubeconfig with an administrator's rights. */
  readonly kubeconfig: string;
  /** Ends watches, lets requests finish, and closes the store. */
  close(): Promise<void>;
}

/** Rejects with an error that says what to do. The signal closes the server, like `close`. */
export async function startApiServer(
  options: ApiServerOptions,
  signal?: AbortSignal,
): Promise<RunningApiServer> {
  const { log, dataDir, serviceClusterIpRange = defaultServiceClusterIpRange } = options;
  const address = parseListenAddress(options.listen);
  const serviceAddress = firstServiceAddress(serviceClusterIpRange);
  const tokens = await readTokens(options.tokenFile);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const components =
    options.componentKubeconfigs === undefined ? [] : componentIdentities(options.nodeNames ?? []);
  const requests = certificateRequests(address.host, serviceAddress, components);
  const issuing = ensurePki(join(dataDir, "pki"), requests, systemClock.now());
  const store = await openState(options);
  const closing = new AbortController();
  try {
    const allocation = await startServiceAllocation({
      store,
      clock: systemClock,
      log,
      clusterIpRange: serviceClusterIpRange,
      nodePortRange: options.serviceNodePortRange ?? defaultServiceNodePortRange,
    });
    const registry = createRegistry(store, options, allocation.hooks);
    await reconcileRoles(store, systemClock);
    const roles = await followRoles({ store, clock: systemClock, log, signal: closing.signal });
    const pki = await issuing;
    const audit = auditLogOf(options);
    const accountTokens = createServiceAccountTokens({
      store,
      clock: systemClock,
      key: await ensureSigningKey(join(dataDir, "pki", "sa.key")),
      issuer: options.serviceAccountIssuer ?? defaultServiceAccountIssuer,
    });
    const access = {
      authenticator: createAuthenticator(tokens, accountTokens),
      authorizer: createAuthorizer(roles),
      tokens: accountTokens,
      inFlight: createRequestsInFlight(inFlightLimits(options)),
      ...(audit ? { audit } : {}),
    };
    const https = await serve(registry, address, pki, access, closing.signal);
    await bootstrap(registry, { serviceAddress, host: endpointHost(https.host), port: https.port });
    await writeComponentKubeconfigs(options, components, https, pki);
    const kubeconfig = await writeKubeconfig(options, https, pki, tokens);
    const backups = store.snapshot && (await listenForBackups(dataDir, store, log));
    const history = keepHistory(store, systemClock, defaultHistoryPolicy, (error) =>
      log.warn("Failed to forget old history", { error: String(error) }),
    );
    const renewal = renewCertificates(https, join(dataDir, "pki"), requests, log);
    const close = once(async () => {
      clearInterval(renewal);
      backups?.close();
      closing.abort();
      await https.close();
      await Promise.all([history.stop(), allocation.stop(), roles.stop()]);
      await store.close();
      audit?.close();
    });
    signal?.addEventListener("abort", () => void close(), { once: true });
    const url = serverUrl(endpointHost(https.host), https.port);
    log.info("Serving the Kubernetes API", { url });
    return { url, kubeconfig, close };
  } catch (error) {
    closing.abort();
    await issuing.catch(() => {});
    await store.close();
    throw error;
  }
}

const renewalIntervalMs = 12 * 60 * 60 * 1000;

/** A server that runs for months changes its certificate before it expires; clients notice nothing. */
function renewCertificates(
  https: HttpsServer,
  directory: string,
  requests: readonly CertificateRequest[],
  log: Logger,
): NodeJS.Timeout {
  const renew = async () => {
    const pki = await ensurePki(directory, requests, systemClock.now());
    if (!pki.renewed) return;
    https.useCertificates(pki);
    log.info("Renewed certificates");
  };
  return setInterval(() => {
    renew().catch((error) => log.error("Failed to renew certificates", { error: String(error) }));
  }, renewalIntervalMs).unref();
}

function createRegistry(
  store: Store,
  { log, serviceClusterIpRange }: ApiServerOptions,
  hooks: ReadonlyMap<string, WriteHook<KubeObject>>,
): Registry {
  const definitions = isLoopbackRange(serviceClusterIpRange)
    ? forLoopbackCluster(allDefinitions)
    : allDefinitions;
  return { store, log, clock: systemClock, kinds: createKindRegistry(definitions, hooks) };
}

/** A cluster whose Services have loopback addresses lives on one machine, on loopback addresses alone. */
function isLoopbackRange(serviceRange = ""): boolean {
  return serviceRange.startsWith("127.");
}

function serve(
  registry: Registry,
  address: { readonly host: string; readonly port: number },
  pki: Pki,
  access: Omit<RequestHandling, "registry" | "nodes" | "health" | "closing">,
  closing: AbortSignal,
): Promise<HttpsServer> {
  const nodes = createNodeConnector(pki.certificates.get("apiserver-kubelet-client") ?? pki.authority);
  const health = createHealthChecks(registry.store, registry.clock, closing);
  const handling = { registry, nodes, health, ...access, closing };
  return listenHttps({
    ...address,
    pki,
    handle: (request, response) => void handleRequest(handling, request, response),
    upgrade: (request, socket, head) => void handleUpgrade(handling, request, socket, head),
  });
}

async function readTokens(file: string | undefined): Promise<TokenTable | undefined> {
  return file === undefined ? undefined : parseTokenFile(await readFile(file, "utf8"), file);
}

/** A token of an administrator where there is one, else the administrator's certificate. */
async function writeKubeconfig(
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

async function writeComponentKubeconfigs(
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

/** Where clients on this machine reach a server that listens on every address. */
function endpointHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" || isIP(host) === 0 ? "::1" : host;
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
