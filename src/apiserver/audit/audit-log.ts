/** AuditLog: a line of JSON for each event, in a file that is set aside when it is full. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { Clock } from "../../lib/clock.ts";

export interface AuditLogOptions {
  readonly path: string;
  /** The file is set aside before it grows beyond this. */
  readonly maxBytes: number;
  /** So many files that were set aside are kept. */
  readonly maxBackups: number;
  readonly clock: Clock;
}

export interface AuditLog {
  /** Written when it returns, so that nothing waits in memory and a crash loses nothing. Throws when the disk is full. */
  write(event: object): void;
  close(): void;
}

/** Throws when the file cannot be written. */
export function openAuditLog({ path, maxBytes, maxBackups, clock }: AuditLogOptions): AuditLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, "a", 0o600);
  let bytes = fstatSync(file).size;

  function rotate(): void {
    closeSync(file);
    renameSync(path, backupPath(path, clock.now()));
    for (const old of backups(path).slice(0, -maxBackups || undefined)) rmSync(old, { force: true });
    file = openSync(path, "a", 0o600);
    bytes = 0;
  }

  return {
    write(event) {
      const line = Buffer.from(`${JSON.stringify(event)}\n`);
      if (bytes > 0 && bytes + line.length > maxBytes) rotate();
      writeSync(file, line);
      bytes += line.length;
    },
    close: () => closeSync(file),
  };
}

/** `audit-2026-01-02T03-04-05.678-0.log`: sorts by age; the number tells files of one millisecond apart. */
function backupPath(path: string, nowMs: number): string {
  const { stem, end } = partsOf(path);
  const stamp = new Date(nowMs).toISOString().slice(0, -1).replaceAll(":", "-");
  const taken = new Set(backups(path));
  for (let count = 0; ; count += 1) {
    const candidate = join(dirname(path), `${stem}-${stamp}-${String(count).padStart(6, "0")}${end}`);
    if (!taken.has(candidate)) return candidate;
  }
}

function backups(path: string): readonly string[] {
  const { stem, end } = partsOf(path);
  const isBackup = (name: string) => name.startsWith(`${stem}-2`) && name.endsWith(end);
  return readdirSync(dirname(path))
    .filter(isBackup)
    .sort()
    .map((name) => join(dirname(path), name));
}

function partsOf(path: string): { readonly stem: string; readonly end: string } {
  const end = extname(path);
  return { stem: basename(path, end), end };
}
