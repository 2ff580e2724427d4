/** A pod in a few words: the READY, STATUS and RESTARTS of `kubectl get pods` (printPod in kubernetes/pkg/printers). */
import type { Container, ContainerStateTerminated, ContainerStatus, Pod } from "../pod.ts";

export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  /** RFC 3339; absent when nothing was restarted. */
  readonly lastRestart?: string;
}

interface Tally {
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart?: string | undefined;
  /** Why initialization or the pod is where it is; absent where the phase says it. */
  readonly reason?: string | undefined;
}

export function summarizePod(pod: Pod): PodSummary {
  const { spec } = pod;
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  const init = tallyInitContainers(pod, new Set(sidecars.map(({ name }) => name)));
  const initializing = init.all.reason !== undefined;
  const showMain = !initializing || conditionIsTrue(pod, "Initialized");
  const shown = showMain ? tallyContainers(pod, init.sidecars) : init.all;
  const reason = shown.reason ?? init.all.reason ?? phaseReason(pod);
  return {
    ready: init.all.ready + (showMain ? shown.ready : 0),
    total: spec.containers.length + sidecars.length,
    reason: deletionReason(pod) ?? settledReason(pod, reason, showMain && shown.ready > 0),
    restarts: shown.restarts,
    ...(shown.lastRestart === undefined ? {} : { lastRestart: shown.lastRestart }),
  };
}

function phaseReason({ status }: Pod): string {
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === "PodScheduled" && reason === "SchedulingGated",
  );
  return gated ? "SchedulingGated" : status?.reason || status?.phase || "";
}

/** An init container that is restarted always runs beside the pod's containers. */
function isSidecar(container: Container): boolean {
  return (container as { readonly restartPolicy?: string }).restartPolicy === "Always";
}

function tallyInitContainers(
  { spec, status }: Pod,
  sidecarNames: ReadonlySet<string>,
): { readonly all: Tally; readonly sidecars: Tally } {
  let all: Tally = { ready: 0, restarts: 0 };
  let sidecars: Tally = { ready: 0, restarts: 0 };
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecarNames.has(container.name);
    all = addRestarts(all, container);
    if (isSidecar) sidecars = addRestarts(sidecars, container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isSidecar && container.started) {
      if (container.ready) all = { ...all, ready: all.ready + 1 };
      continue;
    }
    const progress = `${index}/${spec.initContainers?.length ?? 0}`;
    const why = terminated
      ? terminatedReason(terminated)
      : waiting?.reason && waiting.reason !== "PodInitializing"
        ? waiting.reason
        : progress;
    all = { ...all, reason: `Init:${why}` };
    break;
  }
  return { all, sidecars };
}

function tallyContainers({ status }: Pod, sidecars: Tally): Tally {
  let tally = sidecars;
  for (const container of (status?.containerStatuses ?? []).toReversed()) {
    tally = addRestarts(tally, container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) tally = { ...tally, reason: waiting.reason };
    else if (terminated) tally = { ...tally, reason: terminatedReason(terminated) };
    else if (container.ready && running) tally = { ...tally, ready: tally.ready + 1 };
  }
  return tally;
}

function addRestarts(tally: Tally, { restartCount, lastState }: ContainerStatus): Tally {
  const finished = lastState?.terminated?.finishedAt ?? undefined;
  const lastRestart = [tally.lastRestart, finished]
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
  return { ...tally, restarts: tally.restarts + (restartCount ?? 0), lastRestart };
}

function terminatedReason({ reason, signal, exitCode }: ContainerStateTerminated): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/** A pod with one finished container is still running while another one runs. */
function settledReason(pod: Pod, reason: string, someRunning: boolean): string {
  if (reason !== "Completed" || !someRunning) return reason;
  return conditionIsTrue(pod, "Ready") ? "Running" : "NotReady";
}

function deletionReason({ metadata, status }: Pod): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  if (status?.reason === "NodeLost") return "Unknown";
  return status?.phase === "Succeeded" || status?.phase === "Failed" ? undefined : "Terminating";
}

function conditionIsTrue({ status }: Pod, type: string): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false
  );
}
