/** What an agent writes down of a pod, so that the next one finds its address and its processes again. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerState } from "../api/pod.ts";
import type { ProcessIdentity } from "./container-process.ts";

export interface ContainerRecord {
  readonly process?: ProcessIdentity;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly restartCount: number;
}

export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly podIP: string;
  readonly startTime: string;
  /** By container name, init containers included. */
  readonly containers: Readonly<Record<string, ContainerRecord>>;
}

const recordFile = "pod.json";

/** Replaces the record; a crash leaves the old or the new one. */
export function writePodRecord(podDir: string, record: PodRecord): void {
  const file = join(podDir, recordFile);
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Records of all pods below the directory; one that was never written whole is left out, and its directory removed. */
export function readPodRecords(podsDir: string): readonly PodRecord[] {
  return readdirSync(podsDir).flatMap((uid) => {
    try {
      return [JSON.parse(readFileSync(join(podsDir, uid, recordFile), "utf8")) as PodRecord];
    } catch {
      rmSync(join(podsDir, uid), { recursive: true, force: true });
      return [];
    }
  });
}
