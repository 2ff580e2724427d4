/** The socket in the data directory through which `porthole apiserver backup` asks a running server for a copy of its state. */
import { createReadStream } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Logger } from "../../lib/log.ts";
import type { Store } from "../../store/index.ts";

export interface BackupSocket {
  close(): void;
}

/** Its directory is the owner's alone, and so is the socket. */
export function backupSocketPath(dataDir: string): string {
  return join(dataDir, "backup.sock");
}

/** A server without such a socket serves all the same: failures are logged. */
export async function listenForBackups(dataDir: string, store: Store, log: Logger): Promise<BackupSocket> {
  const path = backupSocketPath(dataDir);
  const server = createServer((socket) => {
    sendSnapshot(dataDir, store, socket).catch((error) => {
      log.warn("Failed to make a backup", { error: String(error) });
      socket.destroy();
    });
  });
  server.maxConnections = 1;
  server.unref();
  server.on("error", (error) =>
    log.warn("Cannot make backups while running; those of a stopped server work", { error: error.message }),
  );
  await rm(path, { force: true });
  await new Promise<void>((resolve) => {
    server.once("error", () => resolve());
    server.listen(path, resolve);
  });
  await chmod(path, 0o600).catch(() => {});
  return { close: () => void server.close() };
}

/** The copy lies in the data directory meanwhile, where there is as much room as the state has. */
async function sendSnapshot(dataDir: string, store: Store, socket: Socket): Promise<void> {
  if (!store.snapshot) throw new Error("this store has its own tools for that");
  const directory = await mkdtemp(join(dataDir, "backup-"));
  try {
    const copy = join(directory, "state.db");
    await store.snapshot(copy);
    await pipeline(createReadStream(copy), socket);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
