/** A harness on this machine's loopback addresses, for dataplanes that need no privileges. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { type Family, familyOf } from "../forwarding/index.ts";
import type { Clock } from "../lib/clock.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import type { ConformanceOptions } from "./conformance.ts";
import { type RunningBackend, startBackend } from "./conformance-backend.ts";
import { createSocketClient } from "./conformance-client.ts";
import type { ConformanceHarness } from "./conformance-harness.ts";
import type { Dataplane } from "./dataplane.ts";

export interface LoopbackPlan {
  readonly nodeAddresses: readonly string[];
  readonly serviceAddresses: readonly string[];
  readonly clientAddresses: readonly [string, string];
  readonly backendAddress: string;
}

/** Addresses of 127.0.0.0/8 that no other process of a test run uses: Linux answers on all of them. */
export function loopbackPlan(): LoopbackPlan {
  const own = (host: number) => `127.${64 + ((process.pid >> 8) % 64)}.${process.pid & 255}.${host}`;
  return {
    nodeAddresses: [own(1), own(2), "::1"],
    serviceAddresses: [own(20), own(21)],
    clientAddresses: [own(101), own(102)],
    backendAddress: own(50),
  };
}

/** What loopback harnesses cannot offer, and why. */
export const loopbackLacks: Readonly<Record<Family, ConformanceOptions["lacks"] & object>> = (() => {
  const both = {
    pods: "all loopback addresses are the node's",
    "kept sources": "no packet leaves the machine with another's address",
    packets: "this dataplane sees connections to its sockets, not packets",
    restarts: "this dataplane's connections end with its process",
    "foreign changes": "this dataplane keeps nothing where others could damage it",
  };
  return { IPv4: both, IPv6: { ...both, "several addresses": "::1 is IPv6's only loopback address" } };
})();

export async function createLoopbackHarness(
  family: Family,
  createDataplane: (clock: Clock) => Dataplane,
): Promise<ConformanceHarness> {
  const plan = loopbackPlan();
  const clock = createManualClock();
  const dataplane = createDataplane(clock);
  const backends: RunningBackend[] = [];
  const is4 = family === "IPv4";
  const [first, second] = is4 ? plan.clientAddresses : ["::1", "::1"];
  const nodeAddresses = plan.nodeAddresses.filter((address) => familyOf(address) === family);
  const serviceAddresses = is4 ? plan.serviceAddresses : [];
  return {
    family,
    dataplane,
    nodeAddresses,
    podCIDRs: [],
    serviceAddresses,
    clusterAddresses: [],
    clients: [createSocketClient(first), createSocketClient(second)],
    clientAt(where) {
      throw new RangeError(`There is no client at "${where}" on loopback addresses`);
    },
    async startBackend(name, protocol) {
      const started = await startBackend(name, protocol, family, is4 ? plan.backendAddress : "::1");
      backends.push(started);
      return { ...started, local: true };
    },
    freePort: () => findFreePort([...nodeAddresses, ...serviceAddresses]),
    async advance(ms) {
      clock.advance(ms);
    },
    async close() {
      await dataplane.close(0);
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}

const attempts = 100;

async function findFreePort(addresses: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = 30_000 + Math.floor(Math.random() * 2_768);
    const checks = addresses.flatMap((address) => [canListen(address, port), canBind(address, port)]);
    if ((await Promise.all(checks)).every(Boolean)) return port;
  }
  throw new Error(`Cannot find a free port in ${attempts} attempts`);
}

async function canListen(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch {
    return false;
  }
}

async function canBind(address: string, port: number): Promise<boolean> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  try {
    socket.bind({ address, port });
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
