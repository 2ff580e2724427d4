/** The API server: store, certificates, HTTPS, and what a cluster has from the beginning. */
import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { getHeapStatistics } from "node:v8";
import { allDefinitions } from "../api/kinds.ts";
import { forLoopbackCluster } from "../api/loopback-cluster.ts";
import type { KubeObject } from "../api/meta.ts";
import { systemClock } from "../lib/clock.ts";
import { giveBackMemory } from "../lib/give-back-memory.ts";
import type { Logger } from "../lib/log.ts";
import { defaultHistoryPolicy, keepHistory, type Store } from "../store/index.ts";
import { reconcileRoles } from "./auth/reconcile-roles.ts";
import { followRoles } from "./auth/role-index.ts";
import { listenForBackups } from "./backup/backup-socket.ts";
import { bootstrap } from "./bootstrap.ts";
import { createHealthChecks } from "./discovery/health-checks.ts";
import { handleRequest } from "./http/handle-request.ts";
import { handleUpgrade } from "./http/handle-upgrade.ts";
import { type HttpsServer, listenHttps, serverUrl } from "./http/https-server.ts";
import { collectAtRest } from "./limits/collect-at-rest.ts";
import { openState } from "./open-state.ts";
import {
  type ApiServerOptions,
  defaultServiceClusterIpRange,
  defaultServiceNodePortRange,
  type ListenAddress,
  parseListenAddress,
} from "./options.ts";
import {
  type CertificateRequest,
  type ComponentIdentity,
  certificateRequests,
  componentIdentities,
} from "./pki/certificate-request.ts";
import { ensurePki, type Pki } from "./pki/pki-files.ts";
import type { Registry } from "./registry/registry.ts";
import { createKindRegistry } from "./registry/served-kind.ts";
import { openAccess, readTokens, type ServerAccess } from "./server-access.ts";
import { keepServerEndpoints } from "./server-endpoints/keep-server-endpoints.ts";
import { endpointHost, writeComponentKubeconfigs, writeKubeconfig } from "./server-kubeconfigs.ts";
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
  const plan = await planServer(options);
  const issuing = ensurePki(join(options.dataDir, "pki"), plan.certificates, systemClock.now());
  const store = await openState(options);
  const closing = new AbortController();
  try {
    const running = await startOn(store, plan, issuing, closing);
    signal?.addEventListener("abort", () => void running.close(), { once: true });
    return running;
  } catch (error) {
    closing.abort();
    await issuing.catch(() => {});
    await store.close();
    throw error;
  }
}

interface ServerPlan {
  readonly options: ApiServerOptions;
  readonly address: ListenAddress;
  readonly serviceRange: string;
  /** The first address of the primary service range. */
  readonly serviceAddress: string;
  readonly components: readonly ComponentIdentity[];
  readonly certificates: readonly CertificateRequest[];
}

/** What can be wrong with the options is found before anything is opened. */
async function planServer(options: ApiServerOptions): Promise<ServerPlan> {
  const { dataDir, serviceClusterIpRange: serviceRange = defaultServiceClusterIpRange } = options;
  const address = parseListenAddress(options.listen);
  const serviceAddress = firstServiceAddress(serviceRange);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const components =
    options.componentKubeconfigs === undefined ? [] : componentIdentities(options.nodeNames ?? []);
  const { advertiseAddress } = options;
  if (advertiseAddress !== undefined && isIP(advertiseAddress) === 0) {
    throw new RangeError(
      `Cannot advertise "${advertiseAddress}": an address looks like 192.0.2.7 or 2001:db8::7`,
    );
  }
  const requests = certificateRequests(address.host, serviceAddress, components);
  const certificates = requests.map((request) =>
    advertiseAddress !== undefined && request.name === "apiserver"
      ? { ...request, addresses: [...new Set([...request.addresses, advertiseAddress])] }
      : request,
  );
  return { options, address, serviceRange, serviceAddress, components, certificates };
}

async function startOn(
  store: Store,
  plan: ServerPlan,
  issuing: Promise<Pki>,
  closing: AbortController,
): Promise<RunningApiServer> {
  const { options, components } = plan;
  const { log, dataDir } = options;
  const staticTokens = await readTokens(options.tokenFile);
  const allocation = await startServiceAllocation({
    store,
    clock: systemClock,
    log,
    clusterIpRange: plan.serviceRange,
    nodePortRange: options.serviceNodePortRange ?? defaultServiceNodePortRange,
  });
  const registry = createRegistry(store, options, allocation.hooks);
  await reconcileRoles(store, systemClock);
  const roles = await followRoles({ store, clock: systemClock, log, signal: closing.signal });
  const pki = await issuing;
  const access = await openAccess(store, options, roles, staticTokens);
  const https = await serve(registry, plan.address, pki, access, closing.signal);
  const endpoints = await announce(registry, plan, https);
  await writeComponentKubeconfigs(options, components, https, pki);
  const kubeconfig = await writeKubeconfig(options, https, pki, staticTokens);
  const backups = store.snapshot && (await listenForBackups(dataDir, store, log));
  const history = keepHistory(store, systemClock, options.history ?? defaultHistoryPolicy, (error) =>
    log.warn("Failed to forget old history", { error: String(error) }),
  );
  const renewal = renewCertificates(https, join(dataDir, "pki"), plan.certificates, log);
  const url = serverUrl(endpointHost(https.host), https.port);
  log.info("Serving the Kubernetes API", { url });
  const close = once(async () => {
    clearInterval(renewal);
    backups?.close();
    closing.abort();
    await Promise.all([endpoints.stop(), https.close()]);
    await Promise.all([history.stop(), allocation.stop(), roles.stop()]);
    await store.close();
    access.audit?.close();
  });
  return { url, kubeconfig, close };
}

/** What the cluster has from the beginning, this server among the endpoints of default/kubernetes. */
async function announce(
  registry: Registry,
  { options, serviceAddress }: ServerPlan,
  { host, port }: HttpsServer,
): ReturnType<typeof keepServerEndpoints> {
  const { store, clock, log } = registry;
  const endpoints = await keepServerEndpoints({
    store,
    clock,
    log,
    own: { ip: options.advertiseAddress ?? endpointHost(host), port },
    isShared: options.etcdServers !== undefined,
  });
  await bootstrap(registry, { serviceAddress, port });
  return endpoints;
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
  address: ListenAddress,
  pki: Pki,
  access: ServerAccess,
  closing: AbortSignal,
): Promise<HttpsServer> {
  const nodes = createNodeConnector(pki.certificates.get("apiserver-kubelet-client") ?? pki.authority);
  const health = createHealthChecks(registry.store, registry.clock, closing);
  const requested = collectAtRest({
    heapBytes: () => getHeapStatistics().total_heap_size + getHeapStatistics().external_memory,
    collect: giveBackMemory,
    after: (delayMs, run) => void setTimeout(run, delayMs).unref(),
  });
  const handling = { registry, nodes, health, ...access, closing };
  return listenHttps({
    ...address,
    pki,
    handle(request, response) {
      requested();
      void handleRequest(handling, request, response);
    },
    upgrade: (request, socket, head) => void handleUpgrade(handling, request, socket, head),
  });
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
