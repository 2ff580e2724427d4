/** What an agent writes down of a pod, so that the next one finds its address and its processes again. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessIdentity } from "./container-process.ts";
import type { ContainerFacts } from "./container-state.ts";

export interface ContainerRecord extends ContainerFacts {
  readonly process?: ProcessIdentity;
}

export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** IPv4 first. */
  readonly podIPs: readonly string[];
  readonly startTime: string;
  /** By container name, init containers included. */
  readonly containers: Readonly<Record<string, ContainerRecord>>;
}

const recordFile = "pod.json";

/** Replaces the record; a crash leaves the old or the new one. */
export function writePodRecord(podDir: string, record: PodRecord): void {
  const file = join(podDir, recordFile);
  mkdirSync(podDir, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** What is below the directory of all pods: for each uid its record, undefined if that was never written whole. */
export function readPodRecords(podsDir: string): ReadonlyMap<string, PodRecord | undefined> {
  return new Map(readdirSync(podsDir).map((uid) => [uid, readRecord(join(podsDir, uid, recordFile))]));
}

export function forgetPod(podsDir: string, uid: string): void {
  rmSync(join(podsDir, uid), { recursive: true, force: true });
}

function readRecord(file: string): PodRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(file, "utf8")) as PodRecord;
    return Array.isArray(record.podIPs) ? record : undefined;
  } catch {
    return undefined;
  }
}
