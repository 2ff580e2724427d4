/** The status of a pod, made from its containers, as a kubelet writes it. Pure. */
import type { Condition } from "../api/meta.ts";
import type { ContainerStatus, Pod, PodStatus } from "../api/pod.ts";
import { formatTime } from "../lib/rfc3339.ts";

export interface PodFacts {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  readonly startTime: string;
  readonly initContainers: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
  readonly nowMs: number;
}

export function makePodStatus(facts: PodFacts): PodStatus {
  const { pod, podIP, hostIP, startTime, initContainers, containers } = facts;
  const phase = phaseOf(facts);
  return {
    phase,
    conditions: conditionsOf(facts, phase),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime,
    containerStatuses: containers,
    ...(initContainers.length > 0 ? { initContainerStatuses: initContainers } : {}),
    ...(pod.status.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
  };
}

function phaseOf({ pod, initContainers, containers }: PodFacts): NonNullable<PodStatus["phase"]> {
  const policy = pod.spec.restartPolicy ?? "Always";
  const initFailed = initContainers.some(({ state }) => state?.terminated && state.terminated.exitCode !== 0);
  if (initFailed && policy === "Never") return "Failed";
  if (!isInitialized(initContainers)) return "Pending";
  const ended = containers.map(({ state }) => state?.terminated).filter((state) => state !== undefined);
  const ever = containers.some(
    ({ state, restartCount }) => state?.running || state?.terminated || restartCount > 0,
  );
  if (ended.length < containers.length || policy === "Always") {
    const allEnded = ended.length === containers.length && pod.metadata.deletionTimestamp !== undefined;
    if (!allEnded) return ever ? "Running" : "Pending";
  }
  const failed = ended.some(({ exitCode }) => exitCode !== 0);
  if (failed && policy === "OnFailure" && pod.metadata.deletionTimestamp === undefined) return "Running";
  return failed ? "Failed" : "Succeeded";
}

function isInitialized(initContainers: readonly ContainerStatus[]): boolean {
  return initContainers.every(({ state }) => state?.terminated?.exitCode === 0);
}

function conditionsOf(
  { pod, initContainers, containers, nowMs }: PodFacts,
  phase: PodStatus["phase"],
): readonly Condition[] {
  const over = phase === "Succeeded" || phase === "Failed";
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const containersReady = !over && unready.length === 0;
  const gates = (pod.spec.readinessGates ?? []).every(({ conditionType }) =>
    pod.status.conditions?.some(({ type, status }) => type === conditionType && status === "True"),
  );
  const why = over
    ? { reason: phase === "Succeeded" ? "PodCompleted" : "PodFailed" }
    : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
  const notReadyGates = {
    reason: "ReadinessGatesNotReady",
    message: "corresponding condition of pod readiness gate is not True",
  };
  const initialized = isInitialized(initContainers);
  const ours: readonly Condition[] = [
    { type: "PodReadyToStartContainers", status: over ? "False" : "True" },
    {
      type: "Initialized",
      status: initialized ? "True" : "False",
      ...(initialized ? {} : { reason: "ContainersNotInitialized" }),
    },
    {
      type: "Ready",
      status: containersReady && gates ? "True" : "False",
      ...(containersReady ? (gates ? {} : notReadyGates) : why),
    },
    { type: "ContainersReady", status: containersReady ? "True" : "False", ...(containersReady ? {} : why) },
  ];
  const previous = new Map((pod.status.conditions ?? []).map((condition) => [condition.type, condition]));
  const types = new Set(ours.map(({ type }) => type));
  return [
    ...ours.map((condition) => {
      const before = previous.get(condition.type);
      const same = before?.status === condition.status && before.lastTransitionTime !== undefined;
      return {
        ...condition,
        lastTransitionTime: same ? (before.lastTransitionTime ?? "") : formatTime(nowMs),
      };
    }),
    // PodScheduled is the scheduler's, readiness gates are others'.
    ...[...previous.values()].filter(({ type }) => !types.has(type)),
  ];
}
