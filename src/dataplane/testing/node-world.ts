/** NodeWorld: a node in a network namespace with its pods, clients and other nodes around it, and a dataplane on it. */
import type { Family } from "../../forwarding/index.ts";
import type { Dataplane } from "../dataplane.ts";
import { type AddressPlan, addressPlan } from "./address-plan.ts";
import type { HostMethods } from "./dataplane-host.ts";
import { removeNamespaces, runIp } from "./network-namespaces.ts";
import type { PeerMethods } from "./peer.ts";
import { type PeerProcess, startPeer } from "./peer-process.ts";
import { makeTopology, type NamespaceNames } from "./world-topology.ts";

const speakers = ["node", "client", "far", "pod-a1", "pod-a2"] as const;
export type Speaker = (typeof speakers)[number];

export interface HostedDataplane extends Dataplane {
  readonly pid: number;
  advance(ms: number): Promise<void>;
  /** Closes it; its process is there for the next one. */
  release(): Promise<void>;
  /** Ends its process, without a chance to tidy up. */
  kill(): Promise<void>;
}

export interface NodeWorld {
  readonly namespaces: NamespaceNames;
  readonly peers: Readonly<Record<Speaker, PeerProcess<PeerMethods>>>;
  plan(family: Family): AddressPlan;
  /** Opens a dataplane on the node by its host's script, in a process that was released or a new one. */
  openDataplane(host: URL): Promise<HostedDataplane>;
  /** Gives the node the Services' addresses, for dataplanes that can only listen on what is there. */
  holdServiceAddresses(): void;
  close(): Promise<void>;
}

/** The test runner sends these; without somebody who listens, a process has no chance to tidy up. */
const endings = ["SIGINT", "SIGTERM"] as const;
const endAtSignal = () => process.exit(1);

/** NOTE: close it also after a failure; namespaces of test runs that were killed are removed by the next one. */
export async function openNodeWorld(): Promise<NodeWorld> {
  const namespaces = makeTopology();
  const removeAll = () => removeNamespaces(Object.values(namespaces));
  process.once("exit", removeAll);
  for (const signal of endings) process.once(signal, endAtSignal);
  const peerScript = new URL("./peer.ts", import.meta.url);
  const peers = Object.fromEntries(
    speakers.map((speaker) => [speaker, startPeer<PeerMethods>(namespaces[speaker], peerScript)]),
  ) as Record<Speaker, PeerProcess<PeerMethods>>;
  await Promise.all(Object.values(peers).map(({ ready }) => ready));
  const hosts = createHosts(namespaces.node);
  return {
    namespaces,
    peers,
    plan: addressPlan,
    openDataplane: (host) => hosts.open(host),
    holdServiceAddresses() {
      const plans = [addressPlan("IPv4"), addressPlan("IPv6")];
      runIp(
        namespaces.node,
        plans.flatMap(({ clusterAddresses, outsideAddresses, one, family }) =>
          [...clusterAddresses, ...outsideAddresses].map(
            (address) =>
              `addr add ${address}/${one} dev lo${family === "IPv6" ? " nodad preferred_lft 0" : " scope link"}`,
          ),
        ),
      );
    },
    async close() {
      await Promise.all([...Object.values(peers).map((peer) => peer.stop()), hosts.stop()]);
      removeAll();
      process.off("exit", removeAll);
      for (const signal of endings) process.off(signal, endAtSignal);
    },
  };
}

function createHosts(namespace: string) {
  const running = new Set<PeerProcess<HostMethods>>();
  const released = new Map<string, PeerProcess<HostMethods>>();
  return {
    async open(script: URL): Promise<HostedDataplane> {
      const process = released.get(script.href) ?? startPeer<HostMethods>(namespace, script);
      released.delete(script.href);
      running.add(process);
      const { call } = process;
      await process.ready;
      await call("open", null);
      return {
        name: script.href,
        pid: process.pid,
        // Structured cloning knows the Map of the language only.
        apply: (table) => call("apply", { ...table, frontends: new Map(table.frontends) }),
        advance: (ms) => call("advance", ms),
        close: (graceMs) => call("close", graceMs),
        async release() {
          await call("close", 0);
          released.set(script.href, process);
        },
        async kill() {
          running.delete(process);
          await process.stop();
        },
      };
    },
    async stop(): Promise<void> {
      await Promise.all([...running].map((process) => process.stop()));
    },
  };
}
