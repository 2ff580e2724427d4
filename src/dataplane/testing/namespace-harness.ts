/** A conformance harness in a world of network namespaces, for any dataplane that has a host script. */
import type { Family } from "../../forwarding/index.ts";
import type {
  ConformanceHarness,
  Disturbance,
  TestBackend,
  TestClient,
  TestProtocol,
  Where,
} from "../conformance-harness.ts";
import type { Dataplane } from "../dataplane.ts";
import type { HostedDataplane, NodeWorld, Speaker } from "./node-world.ts";
import { createPeerClient } from "./peer-client.ts";

export interface NamespaceHarnessOptions {
  readonly host: URL;
  /** Removes what a dataplane has left on the node, so that tests do not see each other's. */
  readonly wipe?: () => Promise<void>;
  readonly disturbances?: ReadonlyMap<string, Disturbance>;
}

/** No two harnesses of a world use a port twice: the kernel may remember connections to it. */
let lastPort = 30_000;

export async function createNamespaceHarness(
  world: NodeWorld,
  family: Family,
  { host, wipe, disturbances }: NamespaceHarnessOptions,
): Promise<ConformanceHarness> {
  const plan = world.plan(family);
  const stopBackends: (() => Promise<void>)[] = [];
  const places: Readonly<Record<Where, { readonly speaker: Speaker; readonly address: string }>> = {
    node: { speaker: "node", address: plan.nodeAddresses[0] },
    pod: { speaker: "pod-a1", address: plan.pods[0] },
    "other-pod": { speaker: "pod-a2", address: plan.pods[1] },
    "far-pod": { speaker: "far", address: plan.farPods[0] },
  };
  let current: HostedDataplane = await world.openDataplane(host);
  const dataplane: Dataplane = {
    name: current.name,
    apply: (table) => current.apply(table),
    close: (graceMs) => current.close(graceMs),
  };
  const clientOf = (speaker: Speaker, address: string): TestClient =>
    createPeerClient(world.peers[speaker], address);

  const startBackend = async (name: string, protocol: TestProtocol, where: Where): Promise<TestBackend> => {
    const { speaker, address } = places[where];
    const peer = world.peers[speaker];
    const { handle, port } = await peer.call("startBackend", { name, protocol, address });
    stopBackends.push(() => peer.call("stopBackend", handle));
    return { name, protocol, address, port, local: where !== "far-pod" };
  };

  return {
    family,
    dataplane,
    nodeAddresses: plan.nodeAddresses,
    podCIDRs: [plan.podCIDR],
    packets: {
      podInterfacePrefix: "to-pod-",
      podInterface: "to-pod-a1",
      serviceCIDR: plan.serviceCIDR,
    },
    serviceAddresses: plan.outsideAddresses,
    clusterAddresses: plan.clusterAddresses,
    clients: [clientOf("client", plan.clients[0]), clientOf("client", plan.clients[1])],
    clientAt: (where) => clientOf(places[where].speaker, places[where].address),
    startBackend: (name, protocol, where = "pod") => startBackend(name, protocol, where),
    freePort: async () => ++lastPort,
    advance: (ms) => current.advance(ms),
    killDataplane: () => current.kill(),
    async startDataplane() {
      current = await world.openDataplane(host);
    },
    ...(disturbances && { disturbances }),
    async close() {
      try {
        await current.release();
      } finally {
        await wipe?.();
        await Promise.all(stopBackends.map((stop) => stop()));
      }
    },
  };
}
