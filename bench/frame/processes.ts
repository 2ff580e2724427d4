/** Starts the programs of a bench and reads what they cost. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";

export interface Running extends AsyncDisposable {
  readonly pid: number;
}

/** Starts a program; its standard error is ours. Disposing it ends it and waits for that. */
export function startProgram(command: string, args: readonly string[]): Running {
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const exited = once(child, "exit");
  child.on("error", (error) => console.error(`Cannot start ${command}: ${error.message}`));
  return {
    pid: child.pid ?? -1,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 3000);
      await exited;
      clearTimeout(force);
    },
  };
}

/** Waits until something listens there; rejects after ten seconds. */
export async function waitForListener(address: string, port: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const socket = connect({ host: address, port });
    const open = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    if (Date.now() > deadline) throw new Error(`Nothing listens on ${address}:${port} after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Returns the first child of a process, which for nginx is its one worker; the process itself if it has none. */
export function workerOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return Number(children[0]) || pid;
}

/** Processor time that a process has used, in seconds (the kernel counts in ticks of 10 ms). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1]) * 1024;
}

/** How many files a process may have open. */
export function openFileLimit(): number {
  const match = /Max open files\s+\d+\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"));
  return Number(match?.[1] ?? 1024);
}

/** Returns the program's path; undefined if it is not installed. The directories of system programs are searched too. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
