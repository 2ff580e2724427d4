/** `porthole apiserver backup`: state, certificates and keys of a server in one file. */
import { existsSync } from "node:fs";
import { link, open, readdir, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { addSnapshotFiles, openSqliteStore, type SnapshotFiles } from "../../store/index.ts";
import { backupSocketPath } from "./backup-socket.ts";

/**
 * Copies what the server has at one moment, whether it runs or not. The file is for its owner alone: it holds Secrets and the
 * keys of the certificate authority. Rejects with an error that says what to do; then there is no file.
 */
export async function makeBackup(dataDir: string, file: string): Promise<void> {
  const state = join(dataDir, "state.db");
  if (!existsSync(state)) {
    throw new Error(
      `Cannot back up ${dataDir}: it holds no state.db. Name the --data-dir that the API server was started with; what is kept in etcd, etcdctl snapshot save backs up`,
    );
  }
  if (existsSync(file)) throw alreadyThere(file);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await (await open(temporary, "wx", 0o600)).close();
    const fromServer = await copyFromServer(dataDir, temporary);
    if (!fromServer) await copyAtRest(state, temporary);
    addSnapshotFiles(temporary, await readPki(join(dataDir, "pki")));
    const written = await open(temporary, "r");
    await written.sync().finally(() => written.close());
    await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EEXIST" ? alreadyThere(file) : error;
    });
  } finally {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) await rm(`${temporary}${suffix}`, { force: true });
  }
}

function alreadyThere(file: string): Error {
  return new Error(`Cannot back up to ${file}: the file exists. Choose another name, or remove it`);
}

/** Resolves with false if no server runs there. */
async function copyFromServer(dataDir: string, file: string): Promise<boolean> {
  const socket = connect(backupSocketPath(dataDir));
  const connected = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  if (!connected) return false;
  const target = await open(file, "w", 0o600);
  await pipeline(socket, target.createWriteStream());
  return true;
}

async function copyAtRest(state: string, file: string): Promise<void> {
  const store = await openSqliteStore(state);
  try {
    await store.snapshot?.(file);
  } finally {
    await store.close();
  }
}

async function readPki(directory: string): Promise<SnapshotFiles> {
  const names = (await readdir(directory)).filter((name) => /^[\w-]+\.(crt|key)$/.test(name));
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const),
    ),
  );
}
