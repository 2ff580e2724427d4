/** Runs a command on a Debian kernel, over this checkout, in a virtual machine. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { boot } from "./boot.ts";
import { writeImage } from "./image.ts";
import { installPrograms, unpackKernel } from "./packages.ts";

export interface VmOptions {
  readonly memoryMiB: number;
  readonly timeoutMs: number;
  readonly onLine: (line: string) => void;
}

const checkout = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Resolves with the command's exit status; rejects if there is none. */
export async function runInVm(
  command: readonly string[],
  { memoryMiB, timeoutMs, onLine }: VmOptions,
): Promise<number> {
  installPrograms();
  const cache = join(checkout, "node_modules/.cache/vm");
  mkdirSync(cache, { recursive: true });
  const kernel = unpackKernel(cache);
  const scratch = mkdtempSync(join(tmpdir(), "porthole-vm-"));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    const initialRamFs = await writeImage({ checkout, kernel, command, scratch });
    return await boot({ kernelImage: kernel.image, initialRamFs, memoryMiB, scratch, timeoutMs, onLine });
  } finally {
    process.off("exit", remove);
    remove();
  }
}
