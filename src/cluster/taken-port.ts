/** Explains why a container could not listen: somebody else holds its port. */
import type { Container } from "../api/pod.ts";
import { findPortOwner, formatPortOwner } from "../kernel/index.ts";
import { echoPort, programOf } from "./image.ts";

/** Returns a sentence for the first of the container's ports that somebody holds on the pod's address; undefined if none does. */
export async function explainTakenPort(container: Container, podIP: string): Promise<string | undefined> {
  const declared = (container.ports ?? []).map(({ containerPort, protocol = "TCP" }) => ({
    port: containerPort,
    protocol,
  }));
  const listened = { port: echoPort(container), protocol: "TCP" as const };
  const builtIn = programOf(container).kind === "echo" ? [listened] : [];
  for (const { port, protocol } of [...builtIn, ...declared]) {
    if (protocol === "SCTP") continue;
    const owner = await findPortOwner({ address: podIP, port, protocol });
    if (owner) return `${podIP}:${port}/${protocol} is held by ${formatPortOwner(owner)}`;
  }
  return undefined;
}
