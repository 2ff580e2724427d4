/** The directory that a local cluster lives in: a temporary one that goes with it, or one that the user keeps. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { nodesDirOf } from "./plan.ts";

const temporaryPrefix = "porthole-up-";
const ownerFile = "owner.pid";

export interface DataDir {
  readonly path: string;
  /** Ends pods that their agents could not end, and removes what must not outlive the cluster. */
  release(): Promise<void>;
}

/** Opens `kept`, or a new temporary directory. Throws when a running cluster uses `kept`. */
export async function openDataDir(kept: string | undefined): Promise<DataDir> {
  if (kept === undefined) {
    await removeAbandoned();
    const path = mkdtempSync(join(tmpdir(), temporaryPrefix));
    claim(path);
    return { path, release: () => removeTemporary(path) };
  }
  const path = resolve(kept);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const owner = ownerOf(path);
  if (owner !== undefined) {
    throw new Error(
      `Cannot use ${path}: the local cluster of process ${owner} runs in it. Stop that one, or name another --data-dir`,
    );
  }
  claim(path);
  return {
    path,
    async release() {
      await killPods(path);
      rmSync(join(path, ownerFile), { force: true });
    },
  };
}

/** Removes the directories of clusters that were killed, with what still runs of their pods. Resolves with their paths. */
export async function removeAbandoned(): Promise<readonly string[]> {
  const paths = abandoned();
  await Promise.all(paths.map(removeTemporary));
  return paths;
}

/** Directories of clusters that were killed and could not remove them: their process is gone. */
function abandoned(): readonly string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(temporaryPrefix))
    .map((name) => join(tmpdir(), name))
    .filter((path) => existsSync(join(path, ownerFile)) && ownerOf(path) === undefined);
}

async function removeTemporary(path: string): Promise<void> {
  await killPods(path);
  rmSync(path, { recursive: true, force: true });
}

async function killPods(path: string): Promise<void> {
  const nodesDir = nodesDirOf(path);
  const names = existsSync(nodesDir) ? readdirSync(nodesDir) : [];
  if (names.length === 0) return;
  const { killLeftPods } = await import("../../cluster/index.ts");
  for (const name of names) await killLeftPods(join(nodesDir, name));
}

function claim(path: string): void {
  writeFileSync(join(path, ownerFile), `${process.pid}\n`);
}

/** The running process that claimed the directory; undefined if there is none, or it cannot be read. */
function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(path, ownerFile), "utf8"));
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === "EPERM" ? -1 : undefined;
  }
}
