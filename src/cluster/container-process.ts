/** A container's process: started in a group of its own, or found again after the agent was killed. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { processStartTime } from "../kernel/index.ts";
import type { Clock } from "../lib/clock.ts";

/** Names one process for good, also after its pid has been used again. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

export interface ProcessExit {
  /** 128 + signal number for a process that a signal ended, as a shell and a kubelet say it. */
  readonly exitCode: number;
  readonly signal?: number;
  /** Nobody was there to collect it: the agent was down when it ended. */
  readonly unseen?: boolean;
}

export interface ContainerProcess {
  readonly identity: ProcessIdentity;
  readonly exited: Promise<ProcessExit>;
  /** Signals the whole process group; does nothing when it is gone. */
  signal(name: NodeJS.Signals): void;
}

export interface StartProcessOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** The process writes here itself, so that it does not depend on the agent. */
  readonly logFile: string;
}

/** A program that cannot be run; `message` as a kubelet puts it. */
export class StartError extends Error {
  override readonly name = "StartError";
}

const signalNumbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};
const signalExitBase = 128;
/** A kubelet's answer for a container whose end nobody saw. */
const unseenExitCode = 137;
const adoptedPollMs = 250;

/** Resolves once the process runs; rejects with StartError. */
export function startProcess({
  argv,
  env,
  workingDir,
  logFile,
}: StartProcessOptions): Promise<ContainerProcess> {
  const [program = "", ...args] = argv;
  const log = openSync(logFile, "a", 0o600);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      ...(workingDir === undefined ? {} : { cwd: workingDir }),
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const exited = new Promise<ProcessExit>((exit) => {
      child.once("exit", (code, signal) => {
        const number = signal ? (signalNumbers[signal] ?? 0) : undefined;
        exit(
          number === undefined
            ? { exitCode: code ?? unseenExitCode }
            : { exitCode: signalExitBase + number, signal: number },
        );
      });
    });
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(new StartError(whyNotStarted(program, workingDir, error))),
    );
    child.once("spawn", () => {
      const pid = child.pid ?? 0;
      // A process that ended at once has no start time any more; nobody will look for it.
      resolve({
        identity: { pid, startTime: processStartTime(pid) ?? "" },
        exited,
        signal: (name) => signalGroup(pid, name),
      });
    });
  });
}

/** Returns a process that an agent before this one started; undefined if it is gone. Its end is found by asking. */
export function adoptProcess(identity: ProcessIdentity, clock: Clock): ContainerProcess | undefined {
  if (!isAlive(identity)) return undefined;
  const exited = new Promise<ProcessExit>((exit) => {
    const look = () => {
      if (isAlive(identity)) clock.after(adoptedPollMs, look);
      else exit({ exitCode: unseenExitCode, unseen: true });
    };
    look();
  });
  return { identity, exited, signal: (name) => isAlive(identity) && signalGroup(identity.pid, name) };
}

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return processStartTime(pid) === startTime;
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function whyNotStarted(
  program: string,
  workingDir: string | undefined,
  error: NodeJS.ErrnoException,
): string {
  // Node reports a missing working directory as a missing program.
  if (error.code === "ENOENT" && workingDir !== undefined)
    return `exec: "${program}": no such program, or no directory "${workingDir}"`;
  if (error.code === "ENOENT")
    return program.includes("/")
      ? `exec: "${program}": stat ${program}: no such file or directory`
      : `exec: "${program}": executable file not found in $PATH`;
  if (error.code === "EACCES") return `exec: "${program}": permission denied`;
  return `exec: "${program}": ${error.message}`;
}
