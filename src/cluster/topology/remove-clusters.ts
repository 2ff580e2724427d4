/** Takes the namespaces of clusters away, with everything that is in them. */
import { setTimeout as delay } from "node:timers/promises";
import {
  deleteNetworkNamespace,
  listNetworkNamespaces,
  openNetworkNamespace,
  openRouteControl,
  processStartTime,
} from "../../kernel/index.ts";
import { listProcessesIn } from "../../kernel/namespace-processes.ts";
import { anyClusterPrefix, namespaceName, parseNamespaceName } from "./cluster-name.ts";

/** The namespace that joins the others, and its link to the host. */
export const switchRole = "switch";
export const hostLinkName = "host";

/** A killed process is gone as soon as the kernel gets to it; one that waits for a disk may take long. */
const endChecks = 250;
const endCheckMs = 20;

/** Removes the clusters whose owner is gone, and resolves with their names. Those of a living one are left alone. */
export async function removeDeadClusters(): Promise<readonly string[]> {
  const dead = new Set<string>();
  for (const name of listNetworkNamespaces(anyClusterPrefix)) {
    const parsed = parseNamespaceName(name);
    if (parsed && processStartTime(parsed.owner.pid) !== parsed.owner.startTime) dead.add(parsed.cluster);
  }
  for (const cluster of dead) await removeCluster(cluster);
  return [...dead];
}

/** Kills what runs in a cluster's namespaces, and removes them and the host's link to them. Does nothing where there is nothing. */
export async function removeCluster(cluster: string): Promise<void> {
  const names = listNetworkNamespaces(`${cluster}-`);
  await killProcesses(names);
  const joining = namespaceName(cluster, switchRole);
  if (names.includes(joining)) await unlinkHost(joining);
  for (const name of names) await deleteNetworkNamespace(name);
}

/** The kernel takes a namespace's links down some time after its end; the host's other end goes at once with this one. */
async function unlinkHost(name: string): Promise<void> {
  try {
    using namespace = await openNetworkNamespace(name);
    await using control = await openRouteControl(namespace);
    const link = await control.findLink(hostLinkName);
    if (link) await control.deleteLink(link.index);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** EINVAL: a name that stands for nothing, as after a kill while it was made; the others: somebody else removes the same cluster. */
function isGone(error: unknown): boolean {
  return ["EINVAL", "ENOENT", "ENODEV"].includes(String((error as NodeJS.ErrnoException).code));
}

async function killProcesses(names: readonly string[]): Promise<void> {
  for (let check = 0; check < endChecks; check++) {
    const pids = listProcessesIn(names).filter((pid) => pid !== process.pid);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await delay(endCheckMs);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
