/** Nodes as network namespaces inside a user namespace: what leads there from the host is published on its loopback addresses. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../../../api/service.ts";
import { type ApiClient, openListWatchCache, services } from "../../../client/index.ts";
import { requireLibc } from "../../../kernel/ffi.ts";
import { openRouteControl } from "../../../kernel/index.ts";
import { silentLogger } from "../../../lib/log.ts";
import { openNamespaceSite } from "../namespace-site.ts";
import { planNodes } from "../plan.ts";
import type { NodePlan, Site } from "../site.ts";
import { type PublishAnswer, type PublishedPort, relaySocketName } from "./messages.ts";
import { serveRelay } from "./relay.ts";

const MS_BIND = 1 << 12;
const usualApiPort = 6443;

/** `scratch` is the launcher's directory. */
export async function openRootlessSite(count: number, dataDir: string, scratch: string): Promise<Site> {
  await prepareMachine(scratch);
  const site = await openNamespaceSite(count, dataDir);
  const relay = await serveRelay(join(scratch, relaySocketName));
  const shown = planNodes(count);
  let api: readonly PublishedPort[] = [];
  return {
    ...site,
    hints: [],
    published: {
      nodes: shown,
      async api(kubeconfig, port, wanted) {
        const lead = { listenAddress: "127.0.0.1", address: site.apiHost, port };
        for (const listenPort of wanted === undefined ? [usualApiPort, 0] : [wanted]) {
          api = [{ ...lead, listenPort }];
          const [listening] = await publish(api);
          if (listening === undefined) continue;
          return kubeconfigFor(kubeconfig, `${site.apiHost}:${port}`, `127.0.0.1:${listening}`);
        }
        throw new Error(
          `Cannot publish the API server on 127.0.0.1:${wanted}: it is taken. Name another --api-port`,
        );
      },
      follow: (client, signal) =>
        followServices(client, signal, (all) =>
          publish([...api, ...all.flatMap((service) => portsOf(service, site.nodes, shown))]),
        ),
    },
    async remove() {
      relay.close();
      await site.remove();
    },
  };
}

/** The user namespace's root may mount, but not write to the host's /run, where the names of network namespaces are. */
async function prepareMachine(scratch: string): Promise<void> {
  const libc = await requireLibc();
  libc.mount("Cannot put a directory of its own at /run", join(scratch, "run"), "/run", MS_BIND);
  await using control = await openRouteControl();
  const loopback = await control.findLink("lo");
  if (loopback) await control.changeLink(loopback.index, { up: true });
}

/** The same on the host as inside, with another address for the server: its certificate is good for both. */
function kubeconfigFor(inside: string, address: string, published: string): string {
  const path = `${inside}.published`;
  writeFileSync(path, readFileSync(inside, "utf8").replace(address, published), { mode: 0o600 });
  return path;
}

/** TCP NodePorts, each node's at the address that it is shown with. */
function portsOf(
  { spec }: Service,
  nodes: readonly NodePlan[],
  shown: readonly NodePlan[],
): readonly PublishedPort[] {
  if (!spec.ipFamilies?.includes("IPv4")) return [];
  return (spec.ports ?? []).flatMap(({ nodePort, protocol = "TCP" }) =>
    !nodePort || protocol !== "TCP"
      ? []
      : nodes.map(({ addresses: [address = ""] }, index) => ({
          listenAddress: shown[index]?.addresses[0] ?? "",
          listenPort: nodePort,
          address,
          port: nodePort,
        })),
  );
}

/** Resolves when what is there at first is published; goes on until the signal fires. */
async function followServices(
  client: ApiClient,
  signal: AbortSignal,
  publishAll: (all: readonly Service[]) => Promise<unknown>,
): Promise<void> {
  const cache = openListWatchCache({ client, resource: services, log: silentLogger, signal });
  const update = () => publishAll([...cache.items().values()]);
  await cache.whenSynced(signal);
  cache.subscribe(() => void update());
  await update();
}

let last: Promise<unknown> = Promise.resolve();

/** One request at a time, so that each answer is known for its own. */
function publish(ports: readonly PublishedPort[]): Promise<PublishAnswer["listening"]> {
  const answered = last.then(
    () =>
      new Promise<PublishAnswer["listening"]>((resolve) => {
        process.once("message", ({ listening }: PublishAnswer) => resolve(listening));
        process.send?.({ ports });
      }),
  );
  last = answered;
  return answered;
}
