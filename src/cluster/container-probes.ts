/** ContainerProbes: the probes of one run of a container, in a kubelet's order: startup first, then readiness and liveness. */
import type { Probe } from "../api/pod.ts";
import type { Clock } from "../lib/clock.ts";
import type { ProbeTarget } from "./probe.ts";
import { startProbeLoop } from "./probe-loop.ts";

export interface ContainerProbesOptions {
  readonly target: ProbeTarget;
  readonly clock: Clock;
  /** What was true before the agent was started again: it stays so until a probe says otherwise. */
  readonly started: boolean;
  readonly ready: boolean;
  readonly onStarted: () => void;
  readonly onReady: (ready: boolean) => void;
  /** The container must be restarted; `why` as the Killing Event says it. */
  readonly onUnhealthy: (why: string, probe: Probe) => void;
  readonly onEvent: (type: "Warning", reason: "Unhealthy", message: string) => void;
}

export interface ContainerProbes {
  /** The container is being stopped: only its readiness is still asked for. */
  stopLiveness(): void;
  stop(): void;
}

export function startContainerProbes(options: ContainerProbesOptions): ContainerProbes {
  const { container } = options.target;
  const readiness = new AbortController();
  const liveness = new AbortController();
  if (options.started) afterStart(options, readiness.signal, liveness.signal);
  else if (container.startupProbe) {
    const probe = container.startupProbe;
    const startup = new AbortController();
    loop(options, "Startup", probe, AbortSignal.any([startup.signal, liveness.signal]), (passes) => {
      startup.abort();
      if (passes) afterStart(options, readiness.signal, liveness.signal);
      else options.onUnhealthy("failed startup probe", probe);
    });
  } else afterStart(options, readiness.signal, liveness.signal);
  return {
    stopLiveness() {
      liveness.abort();
      if (!container.readinessProbe) readiness.abort();
    },
    stop() {
      liveness.abort();
      readiness.abort();
    },
  };
}

function afterStart(options: ContainerProbesOptions, readiness: AbortSignal, liveness: AbortSignal): void {
  const { container } = options.target;
  const probe = container.readinessProbe;
  if (!options.started) options.onStarted();
  if (probe) loop(options, "Readiness", probe, readiness, options.onReady);
  else if (!options.ready) options.onReady(true);
  const live = container.livenessProbe;
  if (live) {
    loop(options, "Liveness", live, liveness, (passes) => {
      if (!passes) options.onUnhealthy("failed liveness probe", live);
    });
  }
}

function loop(
  { target, clock, onEvent }: ContainerProbesOptions,
  kind: "Startup" | "Readiness" | "Liveness",
  probe: Probe,
  signal: AbortSignal,
  onVerdict: (passes: boolean) => void,
): void {
  startProbeLoop({
    probe,
    target,
    clock,
    signal,
    // A pod that starts in 50 ms should not be ready only a whole period later.
    eager: kind !== "Liveness",
    onVerdict,
    onFailure: (output) => onEvent("Warning", "Unhealthy", `${kind} probe failed: ${output}`),
  });
}
