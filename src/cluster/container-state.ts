/** States and status of a container, in a kubelet's words. Pure. */
import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus } from "../api/pod.ts";
import { formatTime } from "../lib/rfc3339.ts";
import type { ProcessExit } from "./container-process.ts";

/** What is known of a container at one moment; written down as it is, so that the next agent goes on from it. */
export interface ContainerFacts {
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly restartCount: number;
  readonly ready: boolean;
  readonly started: boolean;
}

export const creating: ContainerState = { waiting: { reason: "ContainerCreating" } };
export const initializing: ContainerState = { waiting: { reason: "PodInitializing" } };

/** Exit code of a program that could not be run, as container runtimes report it. */
export const startErrorCode = 128;

export function makeContainerStatus(
  container: Container,
  podUid: string,
  { state, lastState, restartCount, ready, started }: ContainerFacts,
): ContainerStatus {
  const image = container.image ?? "";
  const ran = state.running !== undefined || state.terminated !== undefined || lastState !== undefined;
  const last = state.waiting ? lastState?.terminated?.containerID : undefined;
  return {
    name: container.name,
    state,
    lastState: lastState ?? {},
    ready,
    started,
    restartCount,
    image,
    imageID: ran ? image : "",
    resources: container.resources ?? {},
    ...(container.resources?.requests ? { allocatedResources: container.resources.requests } : {}),
    ...(ran ? { containerID: last ?? containerId(podUid, container.name, restartCount) } : {}),
  };
}

export function containerId(podUid: string, name: string, restartCount: number): string {
  return `process://${podUid}/${name}/${restartCount}`;
}

export interface ExitFacts {
  readonly exit: ProcessExit;
  /** Why it may have ended, if anybody knows. */
  readonly message: string | undefined;
  readonly startedAt: string | undefined;
  readonly nowMs: number;
  readonly containerID: string;
}

export function makeTerminated({
  exit,
  message,
  startedAt,
  nowMs,
  containerID,
}: ExitFacts): ContainerStateTerminated {
  const { exitCode, signal, unseen } = exit;
  const text = unseen ? "The container ended while no agent watched it; its exit code is not known" : message;
  return {
    exitCode,
    ...(signal === undefined ? {} : { signal }),
    reason: unseen ? "ContainerStatusUnknown" : exitCode === 0 ? "Completed" : "Error",
    ...(text ? { message: text } : {}),
    startedAt: startedAt ?? null,
    finishedAt: formatTime(nowMs),
    containerID,
  };
}

export function makeStartError(
  message: string,
  nowMs: number,
  containerID: string,
): ContainerStateTerminated {
  const now = formatTime(nowMs);
  return {
    exitCode: startErrorCode,
    reason: "StartError",
    message,
    startedAt: now,
    finishedAt: now,
    containerID,
  };
}
