/** HealthChecks: what /livez and /readyz look at before they say yes. */
import type { Clock } from "../../lib/clock.ts";
import type { Store } from "../../store/index.ts";

export interface HealthCheck {
  readonly name: string;
  /** Rejects with what is wrong. */
  run(): Promise<void>;
}

/** kube-apiserver's --etcd-healthcheck-timeout. */
const storePatienceMs = 2000;

const passes = async () => {};

/** Every endpoint has these; /readyz adds one for a server that is closing, so that balancers leave it before it is gone. */
export function createHealthChecks(
  store: Pick<Store, "revision">,
  clock: Clock,
  closing: AbortSignal,
): Readonly<Record<"healthz" | "livez" | "readyz", readonly HealthCheck[]>> {
  const askStore = shared(() => answersInTime(store, clock));
  const always: readonly HealthCheck[] = [
    { name: "ping", run: passes },
    { name: "log", run: passes },
    { name: "etcd", run: askStore },
  ];
  const ready: readonly HealthCheck[] = [
    ...always,
    { name: "etcd-readiness", run: askStore },
    { name: "shutdown", run: () => (closing.aborted ? refuse("process is shutting down") : passes()) },
  ];
  return { healthz: always, livez: always, readyz: ready };
}

function answersInTime(store: Pick<Store, "revision">, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(storePatienceMs, () =>
      reject(new Error(`the store did not answer within ${storePatienceMs} ms`)),
    );
    store
      .revision()
      .then(() => resolve(), reject)
      .finally(cancel);
  });
}

/** Whoever asks while the answer is under way gets the same one: probes do not add to the load of a store that is slow. */
function shared(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

function refuse(why: string): Promise<void> {
  return Promise.reject(new Error(why));
}
