/** `kubectl exec`: a process beside the container's own, in its environment. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { exitOf, explainStartError, signalGroup } from "../container-process.ts";
import type { ContainerRunner } from "../container-runner.ts";
import { exitStatus, failure, type RemoteChannels, type RemoteWishes } from "./channels.ts";

/** util-linux's script(1) runs a program on a terminal of its own; without it there is no terminal to be had. */
const terminalProgram = "/usr/bin/script";
const noTerminal =
  "no terminal can be had on this node, which has no /usr/bin/script (util-linux 2.35 or newer): leave out -t";

/** Never rejects: what goes wrong is told to the client. */
export async function execute(
  runner: ContainerRunner,
  channels: RemoteChannels,
  { command, stdin, tty }: RemoteWishes,
): Promise<void> {
  const { container, target } = runner;
  if (!runner.state.running) return channels.finish(failure(`container "${container.name}" is not running`));
  if (tty && (process.platform !== "linux" || !existsSync(terminalProgram)))
    return channels.finish(failure(noTerminal));
  const [program = "", ...args] = tty ? onTerminal(command) : command;
  try {
    const env = { ...(await target.environment()), ...(tty ? { TERM: "xterm" } : {}) };
    const child = spawn(program, args, {
      env,
      ...(container.workingDir === undefined ? {} : { cwd: container.workingDir }),
      stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
      detached: true,
    });
    channels.gone.addEventListener("abort", () => signalGroup(child.pid, "SIGKILL"), { once: true });
    child.stdin?.on("error", () => {});
    if (child.stdin) channels.stdin.pipe(child.stdin);
    channels.finish(exitStatus(await outcome(child, channels)));
  } catch (error) {
    const why = explainStartError(program, container.workingDir, error as NodeJS.ErrnoException);
    channels.finish(failure(`error executing command in container: ${why}`));
  }
}

/** Resolves with the exit code once all output has been sent; rejects if the program cannot be started. */
async function outcome(child: ChildProcess, channels: RemoteChannels): Promise<number> {
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(exitOf(code, signal).exitCode));
  });
  const [exitCode] = await Promise.all([
    ended,
    passOn(child.stdout, (bytes) => channels.send("stdout", bytes)),
    passOn(child.stderr, (bytes) => channels.send("stderr", bytes)),
  ]);
  return exitCode;
}

async function passOn(from: Readable | null, send: (bytes: Buffer) => Promise<void>): Promise<void> {
  if (!from) return;
  for await (const bytes of from) await send(bytes as Buffer);
}

function onTerminal(command: readonly string[]): readonly string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return [terminalProgram, "--quiet", "--flush", "--return", "--command", `exec ${quoted}`, "/dev/null"];
}
