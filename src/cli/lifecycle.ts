/** When a component starts and when it ends: by signals, or at the word of the supervisor that started it. */
import { describeFailure } from "./failure.ts";

/** Sent by a supervisor to its components and back, over Node's IPC channel. */
export type ToComponent = { readonly kind: "start" } | { readonly kind: "stop" };
export type FromComponent =
  | { readonly kind: "ready"; readonly detail: string }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Runs a component until it ends by itself, a signal comes (SIGINT, SIGTERM; a second one ends the process at once), or its
 * supervisor says so or is gone. A supervised component loads first and runs when it is told that what it needs is there.
 */
export async function runComponent(
  run: (signal: AbortSignal, ready: (detail: string) => void) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const supervised = process.send !== undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      // Ctrl-C reaches the whole foreground process group; the supervisor then stops its components in order.
      if (supervised && name === "SIGINT") return;
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  if (supervised) await clearance(stop);
  try {
    if (!stop.signal.aborted) await run(stop.signal, (detail) => tell({ kind: "ready", detail }));
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
