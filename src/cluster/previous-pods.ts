/** What an agent before this one has left on the machine. */
import { join } from "node:path";
import { listMarkedProcesses } from "../kernel/index.ts";
import { isAlive, signalGroup } from "./container-process.ts";
import { forgetPod, type PodRecord, readPodRecords } from "./pod-record.ts";

/** Variable that each process of a pod is started with: `UID/CONTAINER`. */
export const podVariable = "PORTHOLE_POD";

/**
 * Resolves with the records of pods that are still wanted, by uid. Kills the processes of all others, and those that no record
 * names: of a container whose first process has ended, or whose agent was killed between its start and the writing of its record.
 */
export async function takeOverPods(
  podsDir: string,
  isWanted: (record: PodRecord) => boolean,
): Promise<ReadonlyMap<string, PodRecord>> {
  const found = readPodRecords(podsDir);
  if (found.size === 0) return new Map();
  const kept = new Map<string, PodRecord>();
  const keptContainers = new Set<string>();
  for (const [uid, record] of found) {
    const isKept = record !== undefined && isWanted(record);
    if (isKept) kept.set(uid, record);
    for (const [name, { process: identity }] of Object.entries(record?.containers ?? {})) {
      if (!identity || !isAlive(identity)) continue;
      if (isKept) keptContainers.add(`${uid}/${name}`);
      else signalGroup(identity.pid, "SIGKILL");
    }
  }
  await killMarked((uid, container) => found.has(uid) && !keptContainers.has(`${uid}/${container}`));
  for (const uid of found.keys()) if (!kept.has(uid)) forgetPod(podsDir, uid);
  return kept;
}

/** Kills all pods that an agent on this data directory has left; no agent may run on it. */
export async function killLeftPods(dataDir: string): Promise<void> {
  await takeOverPods(podsDirOf(dataDir), () => false);
}

/** Where an agent keeps its pods: a directory for each, named by its uid. */
export function podsDirOf(dataDir: string): string {
  return join(dataDir, "pods");
}

/** Kills what a pod's containers have started and left behind, in sessions of their own, say. */
export function killLeftovers(podUid: string): Promise<void> {
  return killMarked((uid) => uid === podUid);
}

async function killMarked(isMeant: (uid: string, container: string) => boolean): Promise<void> {
  for (const { pid, value } of await listMarkedProcesses(podVariable)) {
    const [uid = "", container = ""] = value.split("/");
    if (pid === process.pid || !isMeant(uid, container)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile, or is another user's by now.
    }
  }
}
