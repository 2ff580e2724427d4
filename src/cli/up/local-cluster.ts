/** `porthole up`: the whole cluster in the foreground, from the first process to the last. */
import type { KubeObject } from "../../api/meta.ts";
import type { Service } from "../../api/service.ts";
import type { ApiClient } from "../../client/index.ts";
import { aborted } from "../../lib/aborted.ts";
import { systemClock } from "../../lib/clock.ts";
import { giveBackMemory } from "../../lib/give-back-memory.ts";
import { silentLogger } from "../../lib/log.ts";
import { connect } from "../connect.ts";
import { type Console, createConsole, type UpFacts } from "./console.ts";
import { openDataDir } from "./data-dir.ts";
import { chooseApiPort } from "./free-addresses.ts";
import { openLoopbackSite } from "./loopback-site.ts";
import { applyManifests, type ManifestObject, readManifests } from "./manifests.ts";
import { type AnsweringPort, untilAnswers, urlsOf } from "./node-answers.ts";
import { kubeconfigPath, planComponents } from "./plan.ts";
import type { Site } from "./site.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";
import { tellWhatHappens } from "./tell-what-happens.ts";

export interface LocalClusterOptions {
  readonly nodes: number;
  /** `userspace`: nodes are loopback addresses; `nftables`: network namespaces. */
  readonly dataplane: "userspace" | "nftables";
  /** Directory of the launcher, if this is the inside of a rootless cluster. */
  readonly scratch?: string;
  /** Opens a shell on a machine beside the nodes; the cluster ends with it. */
  readonly client: boolean;
  /** 6443, or any free port, if absent. */
  readonly apiPort?: number;
  /** A temporary directory if absent. */
  readonly dataDir?: string;
  /** Files of Kubernetes objects to apply. */
  readonly manifests: readonly string[];
}

/** How long components have to end by themselves; a pod's own grace period is bounded by it, too. */
const stopGraceMs = 8000;

/** One Ctrl-C may come twice: from the terminal, and handed on by npm. */
const sameSignalMs = 1000;

/** Runs until a signal comes; a second one ends everything at once. Rejects when the cluster cannot come up. */
export async function runLocalCluster(options: LocalClusterOptions): Promise<void> {
  const manifests = await Promise.all(options.manifests.map((file) => readManifests(file)));
  const show = createConsole(process.stdout);
  const stop = stopOnSignals(show);
  const dataDir = await openDataDir(options.dataDir);
  try {
    const site = await openSite(options, dataDir.path);
    try {
      if (!stop.signal.aborted) await runOn(site, { options, dataDir: dataDir.path, manifests, show, stop });
    } finally {
      await site.remove();
    }
  } finally {
    await dataDir.release();
  }
  process.exit(0);
}

/** What only nodes on namespaces need is loaded by them alone. */
async function openSite({ dataplane, nodes, scratch }: LocalClusterOptions, dataDir: string): Promise<Site> {
  if (dataplane === "userspace") return openLoopbackSite(nodes, dataDir);
  if (scratch !== undefined) {
    const { openRootlessSite } = await import("./rootless/rootless-site.ts");
    return openRootlessSite(nodes, dataDir, scratch);
  }
  const { openNamespaceSite } = await import("./namespace-site.ts");
  return openNamespaceSite(nodes, dataDir);
}

interface Running {
  readonly options: LocalClusterOptions;
  readonly dataDir: string;
  readonly manifests: readonly (readonly ManifestObject[])[];
  readonly show: Console;
  readonly stop: StopSignals;
}

async function runOn(site: Site, { options, dataDir, manifests, show, stop }: Running): Promise<void> {
  const { signal } = stop;
  // Inside, nobody else has ports.
  const insidePort = site.published ? undefined : options.apiPort;
  const apiPort = await chooseApiPort(site.apiHost, insidePort);
  const publishApi = async (kubeconfig: string) =>
    (await site.published?.api(kubeconfig, apiPort, options.apiPort)) ?? kubeconfig;
  const supervisor = createSupervisor({
    components: planComponents({ site, apiPort, dataDir }),
    dataDir,
    clock: systemClock,
    enter: site.enter,
    onEvent: (event) => show.componentEvent(event),
  });
  stop.onSecond(() => supervisor.kill());
  try {
    const facts = await serve(supervisor, {
      dataDir,
      site,
      objects: manifests.flat(),
      publishApi,
      apiUrl: `https://${site.apiHost}:${apiPort}`,
      show,
      signal,
    });
    show.up({ ...facts, withShell: options.client });
    giveBackMemory();
    await Promise.race([aborted(signal), ...(options.client ? [openShell(site, show)] : [])]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    show.stopping();
    await supervisor.stop(stopGraceMs);
  }
}

interface Serving {
  readonly dataDir: string;
  readonly site: Site;
  readonly objects: readonly ManifestObject[];
  /** Resolves with a kubeconfig for the host. */
  readonly publishApi: (kubeconfig: string) => Promise<string>;
  readonly apiUrl: string;
  readonly show: Console;
  readonly signal: AbortSignal;
}

/** Resolves when all is up and answers. */
async function serve(
  supervisor: Supervisor,
  { dataDir, site, objects, publishApi, apiUrl, show, signal }: Serving,
): Promise<Omit<UpFacts, "withShell">> {
  await unlessAborted(signal, supervisor.start(0));
  const inside = kubeconfigPath(dataDir);
  const [kubeconfig, client] = await Promise.all([publishApi(inside), connect(inside, "up", silentLogger)]);
  tellWhatHappens(client, show, signal);
  // Pods are spread over the nodes that are there when they are created.
  await unlessAborted(signal, supervisor.start(1));
  const applied = await unlessAborted(signal, applyManifests(client, objects));
  const ports = nodePortsOf(applied);
  const everywhere = ports.filter(({ isEverywhere }) => isEverywhere);
  const urls = site.nodes.flatMap((node) => everywhere.flatMap((port) => urlsOf(node, port)));
  const offered = offerDashboard(site, { client, apiUrl, kubeconfig }, signal);
  await Promise.all([offered, ...urls.map((url) => untilAnswers(url, signal))]);
  await site.published?.follow(client, signal);
  const nodes = site.published?.nodes ?? site.nodes;
  return { nodes, ports, kubeconfig, hints: site.hints, dashboard: await offered };
}

/** The API, as it is reached from here. */
interface Reached {
  readonly client: ApiClient;
  readonly apiUrl: string;
  readonly kubeconfig: string;
}

/** Resolves with where it is. A listener in this process; what it shows is loaded by the first browser. Inside of a rootless cluster nobody could reach it. */
async function offerDashboard(
  { published }: Site,
  { client, apiUrl, kubeconfig }: Reached,
  signal: AbortSignal,
): Promise<string> {
  if (published) return `porthole dashboard --kubeconfig ${kubeconfig}`;
  const { serveClusterDashboard } = await import("./serve-cluster-dashboard.ts");
  return serveClusterDashboard(client, apiUrl, signal);
}

/** The cluster lasts as long as the shell. */
async function openShell({ runClient }: Site, show: Console): Promise<void> {
  show.mute();
  await runClient?.([process.env.SHELL || "/bin/sh"]);
}

/** The TCP NodePorts that were allocated; a UDP port answers nobody who does not speak its protocol. */
function nodePortsOf(objects: readonly KubeObject[]): readonly AnsweringPort[] {
  return objects
    .filter((object): object is Service => object.kind === "Service")
    .flatMap(({ metadata, spec }) =>
      (spec.ports ?? []).flatMap(({ nodePort, protocol }) =>
        nodePort && protocol === "TCP"
          ? [
              {
                service: `${metadata.namespace}/${metadata.name}`,
                port: nodePort,
                families: spec.ipFamilies ?? [],
                isEverywhere: spec.externalTrafficPolicy !== "Local",
              },
            ]
          : [],
      ),
    );
}

interface StopSignals {
  /** Fires at the first signal. */
  readonly signal: AbortSignal;
  /** Calls at the second one. */
  onSecond(kill: () => void): void;
}

function stopOnSignals(show: Console): StopSignals {
  const stop = new AbortController();
  let firstAt = 0;
  let kill = () => {};
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      const now = systemClock.now();
      if (!stop.signal.aborted) firstAt = now;
      else if (now - firstAt > sameSignalMs) {
        show.killing();
        kill();
      }
      stop.abort();
    });
  }
  // Nobody reads what is shown any more, as in `porthole up | head`: the same as Ctrl-C.
  process.stdout.on("error", () => stop.abort());
  // The launcher of a rootless cluster is gone.
  process.on("disconnect", () => stop.abort());
  return {
    signal: stop.signal,
    onSecond(run) {
      kill = run;
    },
  };
}

function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return Promise.race([promise, aborted]);
}
