/** Lifecycle hooks of a container: postStart and preStop. */
import type { LifecycleHandler } from "../api/pod.ts";
import type { Clock } from "../lib/clock.ts";
import { wait } from "../lib/wait.ts";
import { type ProbeResult, type ProbeTarget, runCommand, runProbe } from "./probe.ts";

/** Resolves with what became of it, at the latest after `timeoutMs` or when the signal fires. */
export async function runHook(
  handler: LifecycleHandler,
  target: ProbeTarget,
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const over = new AbortController();
  const done = AbortSignal.any([over.signal, signal]);
  const tooLate = wait(clock, timeoutMs, done).then(() => ({
    success: false,
    output: `it did not end within ${timeoutMs / 1000} s`,
  }));
  const result = await Promise.race([runHandler(handler, target, timeoutMs, clock, done), tooLate]);
  over.abort();
  return result;
}

async function runHandler(
  { sleep, exec, httpGet }: LifecycleHandler,
  target: ProbeTarget,
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProbeResult> {
  if (sleep) await wait(clock, sleep.seconds * 1000, signal);
  if (exec) return runCommand(exec.command ?? [], target, timeoutMs);
  if (httpGet) return runProbe({ httpGet, timeoutSeconds: Math.max(timeoutMs / 1000, 0.001) }, target);
  return { success: true, output: "" };
}
