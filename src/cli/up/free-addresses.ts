/** Whether the addresses of a local cluster are free, before anything is started on them. */
import { createServer } from "node:net";
import { findPortOwner, formatPortOwner } from "../../kernel/index.ts";
import type { NodePlan } from "./site.ts";

/** Each node's agent serves its pods' logs here, as a kubelet does; who holds it runs a local cluster already. */
export const nodeAgentPort = 10_250;
const usualApiPort = 6443;

/** Resolves with `wanted`, or without one with 6443 or any free port. Throws an error that names who holds `wanted`. */
export async function chooseApiPort(apiHost: string, wanted: number | undefined): Promise<number> {
  if (wanted === undefined)
    return (await tryListen(apiHost, usualApiPort)) ?? (await tryListen(apiHost, 0)) ?? usualApiPort;
  if ((await tryListen(apiHost, wanted)) !== undefined) return wanted;
  throw new Error(
    `Cannot serve the API on ${apiHost}:${wanted}: ${await holder(apiHost, wanted)}. Name another --api-port`,
  );
}

/** Throws an error that says who holds a node's address, or that the address does not exist on this machine. */
export async function requireFreeNodes(nodes: readonly NodePlan[]): Promise<void> {
  for (const { name, addresses } of nodes) {
    const [address = ""] = addresses;
    if ((await tryListen(address, nodeAgentPort)) !== undefined) continue;
    throw new Error(
      `Cannot start ${name} on ${address}:${nodeAgentPort}: ${await holder(address, nodeAgentPort)}. Does another local cluster run here?`,
    );
  }
}

/** The port that could be listened on; undefined when it is taken. Throws an error for an address that is not here. */
function tryListen(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(unusable(host, error));
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : port));
    });
  });
}

function unusable(host: string, error: NodeJS.ErrnoException): Error {
  const advice =
    error.code === "EADDRNOTAVAIL"
      ? `the address is not on this machine. Linux has all of 127.0.0.0/8; elsewhere add it first: sudo ifconfig lo0 alias ${host}`
      : error.message;
  return new Error(`Cannot use ${host}: ${advice}`, { cause: error });
}

async function holder(address: string, port: number): Promise<string> {
  const owner = await findPortOwner({ protocol: "TCP", address, port });
  return owner ? `${formatPortOwner(owner)} holds it` : "it is taken";
}
