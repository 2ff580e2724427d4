/** What an agent before this one left on the machine. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "./container-process.ts";
import { type PodRecord, readPodRecords } from "./pod-record.ts";

export function adoptableRecords(podsDir: string): readonly PodRecord[] {
  return readPodRecords(podsDir);
}

/** Ends the processes of a pod that was deleted while no agent ran, and forgets the pod. */
export function stopOrphans(podsDir: string, { uid, containers }: PodRecord): void {
  for (const { process: identity } of Object.values(containers)) {
    if (identity && isAlive(identity)) process.kill(-identity.pid, "SIGKILL");
  }
  rmSync(join(podsDir, uid), { recursive: true, force: true });
}
