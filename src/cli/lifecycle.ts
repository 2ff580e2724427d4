/** When a component starts and when it ends: by signals, or at the word of the supervisor that started it. */
import { giveBackMemory } from "../lib/give-back-memory.ts";
import type { Logger, LogLevel } from "../lib/log.ts";
import { describeFailure } from "./failure.ts";

/** A component's start is over by then, and what follows it: the first objects, the first requests. */
const restingAfterMs = 2000;

/** Sent by a supervisor to its components and back, over Node's IPC channel. */
export type ToComponent = { readonly kind: "start" } | { readonly kind: "stop" };
export type FromComponent =
  | { readonly kind: "ready"; readonly detail: string }
  | { readonly kind: "failed"; readonly message: string };

export interface ComponentContext {
  readonly log: Logger;
  /** Fires when the component is to end. */
  readonly signal: AbortSignal;
  /** To be called once the component does its work; `detail` is for the supervisor's eyes. */
  readonly ready: (detail: string) => void;
}

/**
 * Runs a component until it ends by itself, a signal comes (SIGINT, SIGTERM; a second one ends the process at once), or its
 * supervisor says so or is gone. A supervised component loads first and runs when it is told that what it needs is there.
 */
export async function runComponent(
  name: string,
  logLevel: LogLevel,
  run: (context: ComponentContext) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const supervised = process.send !== undefined;
  const { createLogger } = await import("../lib/create-logger.ts");
  for (const signalName of ["SIGINT", "SIGTERM"] as const) {
    process.on(signalName, () => {
      // Ctrl-C reaches the whole foreground process group; the supervisor then stops its components in order.
      if (supervised && signalName === "SIGINT") return;
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  if (supervised) await clearance(stop);
  try {
    if (!stop.signal.aborted) {
      await run({ log: createLogger(name, logLevel), signal: stop.signal, ready: isReady });
    }
  } catch (error) {
    if (!stop.signal.aborted) {
      tell({ kind: "failed", message: describeFailure(error) });
      throw error;
    }
  } finally {
    if (process.connected) process.disconnect();
  }
  // Sockets that linger must not keep a component alive that has ended.
  process.exit(0);
}

/** The components of a local cluster share a machine with much else and rest most of the time; others have work to do. */
function isReady(detail: string): void {
  tell({ kind: "ready", detail });
  if (process.connected) setTimeout(giveBackMemory, restingAfterMs).unref();
}

function tell(message: FromComponent): void {
  if (process.connected) process.send?.(message);
}

function clearance(stop: AbortController): Promise<void> {
  return new Promise((resolve) => {
    process.on("disconnect", () => {
      stop.abort();
      resolve();
    });
    process.on("message", (message: ToComponent) => {
      if (message.kind === "stop") stop.abort();
      resolve();
    });
  });
}
