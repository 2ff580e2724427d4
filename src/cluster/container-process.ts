/** A container's process: started in a group of its own, or found again after the agent was killed. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { constants } from "node:os";
import { processStartTime } from "../kernel/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { PodSandbox } from "./network/pod-network.ts";

/** Names one process for good, also after its pid has been used again. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

export interface ProcessExit {
  /** 128 + signal number for a process that a signal ended, as a shell and a kubelet say it. */
  readonly exitCode: number;
  readonly signal?: number;
  /** It was not this agent's child, so that nobody could collect its exit code. */
  readonly unseen?: boolean;
}

export interface ContainerProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended and the rest of its group was killed. */
  readonly exited: Promise<ProcessExit>;
  /** Signals the whole process group; does nothing when it is gone. */
  signal(name: NodeJS.Signals): void;
}

export interface StartProcessOptions {
  readonly sandbox: Pick<PodSandbox, "enter">;
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

const signalExitBase = 128;
/** What a kubelet writes for a container whose end nobody saw. */
export const unseenExit: ProcessExit = { exitCode: 137, unseen: true };
const adoptedPollMs = 250;

/** Resolves once the process runs; rejects with StartError. */
export function startProcess({
  sandbox,
  argv,
  env,
  workingDir,
  logFile,
}: StartProcessOptions): Promise<ContainerProcess> {
  const [program = "", ...args] = argv;
  const log = openSync(logFile, "a", 0o600);
  return new Promise((resolve, reject) => {
    const child = sandbox.enter(() =>
      spawn(program, args, {
        env,
        ...(workingDir === undefined ? {} : { cwd: workingDir }),
        detached: true,
        stdio: ["ignore", log, log],
      }),
    );
    closeSync(log);
    const exited = Promise.withResolvers<ProcessExit>();
    child.once("exit", (code, signal) => {
      signalGroup(child.pid, "SIGKILL");
      exited.resolve(exitOf(code, signal));
    });
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(new StartError(explainStartError(program, workingDir, error))),
    );
    child.once("spawn", () => {
      const pid = child.pid ?? 0;
      // A process that ended at once has no start time any more; nobody will look for it.
      resolve({
        identity: { pid, startTime: processStartTime(pid) ?? "" },
        exited: exited.promise,
        signal: (name) => child.exitCode === null && child.signalCode === null && signalGroup(pid, name),
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
      else exit(unseenExit);
    };
    look();
  });
  return { identity, exited, signal: (name) => isAlive(identity) && signalGroup(identity.pid, name) };
}

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return startTime !== "" && processStartTime(pid) === startTime;
}

/** An exit as Node reports it, in a kubelet's words. Pure. */
export function exitOf(code: number | null, signal: NodeJS.Signals | null): ProcessExit {
  if (signal === null) return { exitCode: code ?? unseenExit.exitCode };
  const number = constants.signals[signal] ?? 0;
  return { exitCode: signalExitBase + number, signal: number };
}

/** Signals a process group; does nothing when it is gone, or belongs to another user by now. */
export function signalGroup(leader: number | undefined, name: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, name);
  } catch {
    // ESRCH: gone; EPERM: the program has changed its user.
  }
}

/** Why a program could not be started, as a container runtime says it. */
export function explainStartError(
  program: string,
  workingDir: string | undefined,
  error: NodeJS.ErrnoException,
): string {
  // The system reports a missing working directory as a missing program.
  if (workingDir !== undefined && !existsSync(workingDir))
    return `chdir to cwd ("${workingDir}") set in the container's workingDir failed: no such file or directory`;
  if (error.code === "ENOENT")
    return program.includes("/")
      ? `exec: "${program}": stat ${program}: no such file or directory`
      : `exec: "${program}": executable file not found in $PATH`;
  if (error.code === "EACCES") return `exec: "${program}": permission denied`;
  return `exec: "${program}": ${error.message}`;
}
