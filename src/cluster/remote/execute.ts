/** `kubectl exec`: a process beside the container's own, in its environment. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { openPseudoTerminal, type PseudoTerminal } from "../../kernel/index.ts";
import { exitOf, explainStartError, signalGroup } from "../container-process.ts";
import type { ContainerRunner } from "../container-runner.ts";
import type { RemoteChannels, RemoteWishes } from "./channels.ts";
import { exitStatus, failure } from "./remote-status.ts";

const noTerminal = "no terminal can be had on this node: leave out -t";
/** Opening a terminal as the leader of a session makes it the one that Ctrl-C and job control work on. */
const onTerminal = 'exec <"$0" >"$0" 2>&1; exec "$@"';

/** Never rejects: what goes wrong is told to the client. Ends the process when the client is gone or the container ends. */
export async function execute(
  runner: ContainerRunner,
  channels: RemoteChannels,
  { command, stdin, tty }: RemoteWishes,
): Promise<void> {
  const { container, target, run } = runner;
  if (!runner.state.running) return channels.finish(failure(`container "${container.name}" is not running`));
  const [program = "", ...args] = command;
  try {
    const sandbox = await target.sandbox();
    if (!sandbox) return channels.finish(failure("the pod is ending"));
    const terminal = tty ? await openPseudoTerminal() : undefined;
    if (tty && !terminal) return channels.finish(failure(noTerminal));
    const env = { ...(await target.environment()), ...(tty ? { TERM: "xterm" } : {}) };
    const cwd = container.workingDir === undefined ? {} : { cwd: container.workingDir };
    const child = sandbox.enter(() =>
      terminal
        ? spawn("/bin/sh", ["-c", onTerminal, terminal.path, program, ...args], {
            ...{ env, ...cwd, detached: true, stdio: "ignore" },
          })
        : spawn(program, args, {
            ...{ env, ...cwd, detached: true, stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"] },
          }),
    );
    const over = AbortSignal.any([channels.gone, run]);
    const kill = () => signalGroup(child.pid, "SIGKILL");
    over.addEventListener("abort", kill, { once: true });
    const exitCode = await (terminal
      ? converse(child, terminal, channels)
      : outcome(child, child.stdin, channels));
    over.removeEventListener("abort", kill);
    channels.finish(exitStatus(exitCode));
  } catch (error) {
    const why = explainStartError(program, container.workingDir, error as NodeJS.ErrnoException);
    channels.finish(failure(`error executing command in container: ${why}`));
  }
}

/** Resolves with the exit code once all output has been sent; rejects if the program cannot be started. */
async function outcome(
  child: ChildProcess,
  input: Writable | null,
  channels: RemoteChannels,
): Promise<number> {
  if (input) feed(channels.stdin, input);
  const [exitCode] = await Promise.all([
    exitOfChild(child),
    passOn(child.stdout, (bytes) => channels.send("stdout", bytes)),
    passOn(child.stderr, (bytes) => channels.send("stderr", bytes)),
  ]);
  return exitCode;
}

/** The same, for a program on a terminal: one stream for all that it reads and prints. */
async function converse(
  child: ChildProcess,
  { stream, resize }: PseudoTerminal,
  channels: RemoteChannels,
): Promise<number> {
  channels.onResize(({ columns, rows }) => resize(columns, rows));
  // Its end is no end of the program: the terminal stays, as it does for a kubelet.
  channels.stdin.pipe(stream, { end: false });
  // On Linux a terminal that no program has open any more ends with EIO.
  const printed = passOn(stream, (bytes) => channels.send("stdout", bytes)).catch(() => {});
  try {
    const exitCode = await exitOfChild(child);
    await printed;
    return exitCode;
  } finally {
    stream.destroy();
  }
}

function exitOfChild(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(exitOf(code, signal).exitCode));
  });
}

/** A program that closes its input, or ends, while the client still sends is no error; the rest is thrown away. */
function feed(from: Readable, to: Writable): void {
  to.on("error", () => {});
  to.on("close", () => {
    from.unpipe(to);
    from.resume();
  });
  from.pipe(to);
}

async function passOn(from: Readable | null, send: (bytes: Buffer) => Promise<void>): Promise<void> {
  if (!from) return;
  for await (const bytes of from) await send(bytes as Buffer);
}
