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
  /** Ends its process, without a chance to tidy up unless a signal is named. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface NodeWorld {
  readonly namespaces: NamespaceNames;
  readonly peers: Readonly<Record<Speaker, PeerProcess<PeerMethods>>>;
  plan(family: Family): AddressPlan;
  /** Starts the script of a dataplane's host on the node. */
  startDataplane(host: URL): Promise<HostedDataplane>;
  /** Gives the node the Services' addresses, for dataplanes that can only listen on what is there. */
  holdServiceAddresses(): void;
  close(): Promise<void>;
}

export async function openNodeWorld(): Promise<NodeWorld> {
  const namespaces = makeTopology();
  const removeAll = () => removeNamespaces(Object.values(namespaces));
  process.once("exit", removeAll);
  const peerScript = new URL("./peer.ts", import.meta.url);
  const peers = Object.fromEntries(
    speakers.map((speaker) => [speaker, startPeer<PeerMethods>(namespaces[speaker], peerScript)]),
  ) as Record<Speaker, PeerProcess<PeerMethods>>;
  await Promise.all(Object.values(peers).map(({ ready }) => ready));
  const hosts = new Set<HostedDataplane>();
  return {
    namespaces,
    peers,
    plan: addressPlan,
    async startDataplane(host) {
      const dataplane = await startHost(namespaces.node, host);
      hosts.add(dataplane);
      return dataplane;
    },
    holdServiceAddresses() {
      const plans = [addressPlan("IPv4"), addressPlan("IPv6")];
      runIp(
        namespaces.node,
        plans.flatMap(({ clusterAddresses, outsideAddresses, one, family }) =>
          [...clusterAddresses, ...outsideAddresses].map(
            (address) => `addr add ${address}/${one} dev lo${family === "IPv6" ? " nodad" : ""}`,
          ),
        ),
      );
    },
    async close() {
      await Promise.all([...Object.values(peers), ...hosts].map((process) => process.stop()));
      removeAll();
      process.off("exit", removeAll);
    },
  };
}

async function startHost(namespace: string, script: URL): Promise<HostedDataplane> {
  const { ready, call, pid, stop } = startPeer<HostMethods>(namespace, script);
  await ready;
  return {
    name: "hosted",
    pid,
    apply: (table) => call("apply", table),
    advance: (ms) => call("advance", ms),
    close: (graceMs) => call("close", graceMs),
    stop,
  };
}
