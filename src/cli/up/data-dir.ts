/** The directory that a local cluster lives in: a temporary one that goes with it, or one that the user keeps. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const temporaryPrefix = "porthole-up-";
const ownerFile = "owner.pid";

export interface DataDir {
  readonly path: string;
  /** Removes what must not outlive the cluster. */
  release(): void;
}

/** Opens `kept`, or a new temporary directory. Throws when a running cluster uses `kept`. */
export function openDataDir(kept: string | undefined): DataDir {
  if (kept === undefined) {
    removeAbandoned();
    const path = mkdtempSync(join(tmpdir(), temporaryPrefix));
    claim(path);
    return { path, release: () => rmSync(path, { recursive: true, force: true }) };
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
  return { path, release: () => rmSync(join(path, ownerFile), { force: true }) };
}

/** A cluster that was killed could not remove its directory; its process is gone. */
function removeAbandoned(): void {
  const abandoned = readdirSync(tmpdir())
    .filter((name) => name.startsWith(temporaryPrefix))
    .map((name) => join(tmpdir(), name))
    .filter((path) => ownerOf(path) === undefined);
  for (const path of abandoned) rmSync(path, { recursive: true, force: true });
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
