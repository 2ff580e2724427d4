/** A harness for the fake dataplane: all have the addresses of forwarding's small world, backends run on loopback. */
import type { Family } from "../../forwarding/index.ts";
import { createManualClock } from "../../lib/manual-clock.ts";
import { type RunningBackend, startBackend } from "../conformance-backend.ts";
import type { ConformanceHarness, TestClient, Where } from "../conformance-harness.ts";
import { loopbackPlan } from "../conformance-loopback.ts";
import { addressPlan } from "../testing/address-plan.ts";
import { createFakeClient } from "./fake-client.ts";
import { createFakeDataplane } from "./fake-dataplane.ts";

let lastPort = 30_000;

export function createFakeHarness(family: Family): ConformanceHarness {
  const plan = addressPlan(family);
  const clock = createManualClock();
  const dataplane = createFakeDataplane({ clock });
  const is4 = family === "IPv4";
  const { backendAddress, clientAddresses } = loopbackPlan();
  const realBackend = is4 ? backendAddress : "::1";
  const running: RunningBackend[] = [];
  const places: Readonly<Record<Where, string>> = {
    node: plan.nodeAddresses[0],
    pod: plan.pods[0],
    "other-pod": plan.pods[1],
    "far-pod": plan.farPods[0],
  };
  const clientOf = (address: string): TestClient =>
    createFakeClient({
      dataplane,
      address,
      realAddress: is4 ? clientAddresses[0] : "::1",
      nodeAddress: plan.nodeAddresses[0],
      locate: ({ port }) => ({ address: realBackend, port }),
    });
  return {
    family,
    dataplane,
    nodeAddresses: plan.nodeAddresses,
    podCIDRs: [plan.podCIDR],
    serviceAddresses: plan.outsideAddresses,
    clusterAddresses: plan.clusterAddresses,
    clients: [clientOf(plan.clients[0]), clientOf(plan.clients[1])],
    clientAt: (where) => clientOf(places[where]),
    async startBackend(name, protocol, where = "pod") {
      const started = await startBackend(name, protocol, family, realBackend);
      running.push(started);
      return { ...started, address: places[where], local: where !== "far-pod" };
    },
    freePort: async () => ++lastPort,
    async advance(ms) {
      clock.advance(ms);
    },
    async close() {
      await Promise.all(running.map((backend) => backend.close()));
    },
  };
}
