/** `porthole apiserver restore`: a data directory from a backup. */
import { constants, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { reviveSnapshot } from "../../store/index.ts";
import { writePrivateFile } from "../pki/pki-files.ts";

/**
 * The state appears last and whole: killed in between, the same command can be given again. Clients of the server that was
 * backed up are answered 410 Gone for every revision that they saw, and list again. Rejects with an error that says what to do.
 */
export async function restoreBackup(file: string, dataDir: string): Promise<void> {
  if (!existsSync(file)) throw new Error(`Cannot restore ${file}: there is no such file`);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const names = await readdir(dataDir);
  const wasKilled = names.some(isLeftover);
  const present = wasKilled ? names.filter((name) => !isLeftover(name) && name !== "pki") : names;
  if (present.length > 0) {
    throw new Error(
      `Cannot restore into ${dataDir}: it is not empty (${present.slice(0, 3).join(", ")}). Name a new directory, or move this one away`,
    );
  }
  const temporary = join(dataDir, temporaryName);
  try {
    await copyFile(file, temporary, constants.COPYFILE_FICLONE);
    await chmod(temporary, 0o600);
    const files = reviveSnapshot(temporary);
    await mkdir(join(dataDir, "pki"), { recursive: true, mode: 0o700 });
    for (const [name, content] of files)
      await writePrivateFile(join(dataDir, "pki", basename(name)), content);
    await sync(temporary);
    await rename(temporary, join(dataDir, "state.db"));
    await sync(dataDir);
  } finally {
    await rm(temporary, { force: true });
  }
}

const temporaryName = "restoring.db";

function isLeftover(name: string): boolean {
  return name.startsWith(temporaryName);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle.sync().finally(() => handle.close());
}
