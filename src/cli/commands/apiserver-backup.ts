/** `porthole apiserver backup` and `porthole apiserver restore` */
import type { Command } from "commander";

interface BackupOptions {
  readonly dataDir: string;
}

export function addBackupCommands(apiserver: Command): void {
  apiserver
    .command("backup <file>")
    .summary("everything that an API server keeps, in one file")
    .description(
      "Copy the state, the certificates and the keys in a data directory, as they are at one moment, into a new file. The server may run meanwhile. The file holds Secrets and the authority's key: only its owner can read it; keep it so.",
    )
    .requiredOption("--data-dir <dir>", "data directory of the API server, running or stopped")
    .addHelpText("after", "\nExample:\n  porthole apiserver backup --data-dir ./state monday.backup")
    .action(async (file: string, { dataDir }: BackupOptions) => {
      const { makeBackup } = await import("../../apiserver/index.ts");
      await makeBackup(dataDir, file);
      process.stdout.write(`Backed up ${dataDir} to ${file}\n`);
    });
  apiserver
    .command("restore <file>")
    .summary("a data directory from a backup")
    .description(
      "Fill an empty data directory with what a backup holds. Clients keep their credentials and trust the server as before; they list everything again, since revisions go on far above those of the backup.",
    )
    .requiredOption("--data-dir <dir>", "directory to fill; made if it is missing")
    .addHelpText(
      "after",
      "\nExample:\n  porthole apiserver restore --data-dir ./restored monday.backup\n  porthole apiserver --data-dir ./restored",
    )
    .action(async (file: string, { dataDir }: BackupOptions) => {
      const { restoreBackup } = await import("../../apiserver/index.ts");
      await restoreBackup(file, dataDir);
      process.stdout.write(`Restored ${file}. Start it with: porthole apiserver --data-dir ${dataDir}\n`);
    });
}
