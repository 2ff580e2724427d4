/** The status of a pod, made from its containers, as a kubelet writes it. Pure. */
import type { Condition } from "../api/meta.ts";
import type { Container, ContainerStatus, Pod, PodStatus } from "../api/pod.ts";
import { formatTime } from "../lib/rfc3339.ts";

export interface PodFacts {
  readonly pod: Pod;
  /** IPv4 first. */
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  readonly startTime: string;
  readonly initContainers: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
  /** Conditions as they were written last, or as the object had them. */
  readonly previous: readonly Condition[];
  readonly nowMs: number;
}

export function makePodStatus(facts: PodFacts): PodStatus {
  const { podIPs, hostIPs, startTime, initContainers, containers } = facts;
  const phase = phaseOf(facts);
  const { generation } = facts.pod.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: conditionsOf(facts, phase),
    ...(hostIPs[0] === undefined ? {} : { hostIP: hostIPs[0] }),
    hostIPs: hostIPs.map((ip) => ({ ip })),
    ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0] }),
    podIPs: podIPs.map((ip) => ({ ip })),
    startTime,
    containerStatuses: containers,
    ...(initContainers.length > 0 ? { initContainerStatuses: initContainers.map(asInit) } : {}),
  };
}

/**
 * A strategic merge patch: conditions are merged by type, so that those of others stay; what a condition no longer has is null.
 * Addresses would be merged by address: a pod that is started again elsewhere must lose its old one.
 */
export function makeStatusPatch(uid: string, status: PodStatus): object {
  const conditions = status.conditions?.map((condition) => ({ reason: null, message: null, ...condition }));
  const replace = { $patch: "replace" };
  const hostIPs = [replace, ...(status.hostIPs ?? [])];
  const podIPs = [replace, ...(status.podIPs ?? [])];
  return { metadata: { uid }, status: { ...status, conditions, hostIPs, podIPs } };
}

/** True for an init container that goes on running beside the others. */
export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === "Always";
}

/** An init container that is done counts as ready. */
function asInit(status: ContainerStatus): ContainerStatus {
  return status.state?.terminated?.exitCode === 0 ? { ...status, ready: true } : status;
}

function phaseOf({ pod, initContainers, containers }: PodFacts): NonNullable<PodStatus["phase"]> {
  const policy = pod.spec.restartPolicy ?? "Always";
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  const exits = containers.flatMap(({ state }) => state?.terminated ?? []);
  const initFailed = initContainers.some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  if (initFailed && policy === "Never" && exits.length === 0) return "Failed";
  if (!isInitialized(pod, initContainers)) return "Pending";
  const failed = exits.some(({ exitCode }) => exitCode !== 0);
  const over = policy === "Never" || (policy === "OnFailure" && !failed) || isDeleted;
  if (exits.length === containers.length && over) return failed ? "Failed" : "Succeeded";
  const hasRun = containers.some(
    ({ state, lastState, restartCount }) =>
      state?.running || state?.terminated || lastState?.terminated || restartCount > 0,
  );
  return hasRun ? "Running" : "Pending";
}

function isInitialized(pod: Pod, statuses: readonly ContainerStatus[]): boolean {
  return uninitialized(pod, statuses).length === 0;
}

/** Names of the init containers that the others still wait for. */
function uninitialized({ spec }: Pod, statuses: readonly ContainerStatus[]): readonly string[] {
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  return statuses
    .filter(({ name, state, started, restartCount }) =>
      sidecars.has(name) ? !started && restartCount === 0 : state?.terminated?.exitCode !== 0,
    )
    .map(({ name }) => name);
}

function conditionsOf(
  { pod, initContainers, containers, previous, nowMs }: PodFacts,
  phase: PodStatus["phase"],
): readonly Condition[] {
  const over = phase === "Succeeded" || phase === "Failed";
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const asked = [...initContainers.filter(({ name }) => sidecars.has(name)), ...containers];
  const unready = asked.filter(({ ready }) => !ready).map(({ name }) => name);
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
  const waitedFor = uninitialized(pod, initContainers);
  const initialized = over || waitedFor.length === 0;
  const ours: readonly Condition[] = [
    { type: "PodReadyToStartContainers", status: over ? "False" : "True" },
    {
      type: "Initialized",
      status: initialized ? "True" : "False",
      ...(initialized
        ? {}
        : {
            reason: "ContainersNotInitialized",
            message: `containers with incomplete status: [${waitedFor.join(" ")}]`,
          }),
    },
    {
      type: "Ready",
      status: containersReady && gates ? "True" : "False",
      ...(containersReady ? (gates ? {} : notReadyGates) : why),
    },
    { type: "ContainersReady", status: containersReady ? "True" : "False", ...(containersReady ? {} : why) },
  ];
  const { generation } = pod.metadata;
  const before = new Map(previous.map((condition) => [condition.type, condition]));
  return ours.map((condition) => {
    const { status, lastTransitionTime } = before.get(condition.type) ?? {};
    const same = status === condition.status && lastTransitionTime !== undefined;
    return {
      ...condition,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: same ? lastTransitionTime : formatTime(nowMs),
    };
  });
}
