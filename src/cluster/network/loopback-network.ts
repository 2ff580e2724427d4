/** Pods as processes beside all others, each on a loopback address of its own. Needs no privileges. */
import { connect } from "node:net";
import { PodAddresses } from "../pod-addresses.ts";
import type { PodNetwork, PodSandbox } from "./pod-network.ts";

export function createLoopbackNetwork(podCidr: string, nodeAddress: string): PodNetwork {
  const free = new PodAddresses(podCidr);
  return {
    podCidrs: [podCidr],
    take() {
      const address = free.take();
      return address === undefined ? undefined : [address];
    },
    claim: ([address = ""]) => free.claim(address),
    removeUnclaimed: async () => {},
    open: async ([address = ""]) => place(address),
    giveBack: async ([address = ""]) => free.giveBack(address),
    node: place(nodeAddress),
  };
}

function place(listenAddress: string): PodSandbox {
  return {
    enter: (start) => start(),
    connect: (port) => connect({ host: listenAddress, port, allowHalfOpen: true, noDelay: true }),
    listenAddress,
    hasOwnPorts: false,
  };
}
