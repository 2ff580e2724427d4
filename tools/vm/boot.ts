/** Boots a virtual machine and waits for what its command comes to. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface BootOptions {
  readonly kernelImage: string;
  readonly initialRamFs: string;
  readonly memoryMiB: number;
  readonly scratch: string;
  readonly timeoutMs: number;
  readonly onLine: (line: string) => void;
}

const processor = "max";

/**
 * Resolves with the command's exit status. Rejects if the machine ends without telling one, or does not end in time; it is gone in any
 * case. Without acceleration: KVM is not everywhere.
 */
export async function boot(options: BootOptions): Promise<number> {
  const { kernelImage, initialRamFs, memoryMiB, scratch, timeoutMs, onLine } = options;
  const statusFile = join(scratch, "status");
  const child = spawn(
    "qemu-system-x86_64",
    [
      ...[
        "-machine",
        "q35",
        "-accel",
        "tcg,thread=multi",
        "-cpu",
        processor,
        "-smp",
        "2",
        "-m",
        String(memoryMiB),
      ],
      ...[
        "-kernel",
        kernelImage,
        "-initrd",
        initialRamFs,
        "-append",
        "console=ttyS0 quiet panic=-1 random.trust_cpu=on",
      ],
      ...[
        "-display",
        "none",
        "-no-reboot",
        "-nic",
        "none",
        "-serial",
        "stdio",
        "-serial",
        `file:${statusFile}`,
      ],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  try {
    createInterface({ input: child.stdout }).on("line", (line) => onLine(line.replace(/\r$/, "")));
    await once(child, "close");
  } finally {
    clearTimeout(timer);
    process.off("exit", kill);
  }
  const status = /^status (\d+)/m.exec(readStatus(statusFile))?.[1];
  if (status === undefined) {
    throw new Error(
      `The virtual machine ended before its command, or was not done after ${timeoutMs / 1000} s`,
    );
  }
  return Number(status);
}

function readStatus(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
