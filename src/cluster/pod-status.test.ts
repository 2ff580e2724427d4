import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerState, ContainerStatus, Pod, PodSpec } from "../api/pod.ts";
import { makePodStatus, makeStatusPatch, type PodFacts } from "./pod-status.ts";

const running: ContainerState = { running: { startedAt: "2026-01-01T00:00:00Z" } };
const waiting: ContainerState = { waiting: { reason: "ContainerCreating" } };
const crashing: ContainerState = { waiting: { reason: "CrashLoopBackOff" } };
const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } });

interface Sketch {
  readonly states: readonly ContainerState[];
  readonly inits?: readonly ContainerState[];
  readonly policy?: PodSpec["restartPolicy"];
  readonly deleted?: boolean;
  readonly restarts?: number;
  readonly sidecars?: boolean;
}

function statusOf(name: string, state: ContainerState, restartCount: number): ContainerStatus {
  const up = state.running !== undefined;
  return { name, state, ready: up, started: up, restartCount, image: "any", imageID: "" };
}

function facts({ states, inits = [], policy, deleted, restarts = 0, sidecars }: Sketch): PodFacts {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web",
      namespace: "default",
      uid: "u-1",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      generation: 3,
      ...(deleted ? { deletionTimestamp: "2026-01-01T00:01:00Z" } : {}),
    },
    spec: {
      containers: states.map((_, index) => ({ name: `c${index}` })),
      initContainers: inits.map((_, index) => ({
        name: `i${index}`,
        ...(sidecars ? { restartPolicy: "Always" } : {}),
      })),
      ...(policy ? { restartPolicy: policy } : {}),
    },
    status: {},
  };
  return {
    pod,
    podIPs: ["127.0.2.1"],
    hostIPs: ["127.0.1.1"],
    startTime: "2026-01-01T00:00:00Z",
    initContainers: inits.map((state, index) => statusOf(`i${index}`, state, 0)),
    containers: states.map((state, index) => statusOf(`c${index}`, state, restarts)),
    previous: [],
    nowMs: Date.parse("2026-01-01T00:02:00Z"),
  };
}

const table: readonly (Sketch & { readonly name: string; readonly phase: string; readonly ready: string })[] =
  [
    { name: "nothing has run yet", states: [waiting], phase: "Pending", ready: "False" },
    { name: "all run", states: [running, running], phase: "Running", ready: "True" },
    { name: "one of two runs", states: [running, waiting], phase: "Running", ready: "False" },
    { name: "an init container runs", states: [waiting], inits: [running], phase: "Pending", ready: "False" },
    {
      name: "init containers are done",
      states: [running],
      inits: [ended(0)],
      phase: "Running",
      ready: "True",
    },
    {
      name: "a sidecar runs",
      states: [running],
      inits: [running],
      sidecars: true,
      phase: "Running",
      ready: "True",
    },
    { name: "a crash loop", states: [crashing], restarts: 2, phase: "Running", ready: "False" },
    { name: "ended, to be started again", states: [ended(0)], phase: "Running", ready: "False" },
    {
      name: "ended well under Never",
      states: [ended(0)],
      policy: "Never",
      phase: "Succeeded",
      ready: "False",
    },
    {
      name: "ended badly under Never",
      states: [ended(0), ended(2)],
      policy: "Never",
      phase: "Failed",
      ready: "False",
    },
    {
      name: "ended well under OnFailure",
      states: [ended(0)],
      policy: "OnFailure",
      phase: "Succeeded",
      ready: "False",
    },
    {
      name: "ended badly under OnFailure",
      states: [ended(2)],
      policy: "OnFailure",
      phase: "Running",
      ready: "False",
    },
    {
      name: "one of two ended under Never",
      states: [ended(0), running],
      policy: "Never",
      phase: "Running",
      ready: "False",
    },
    {
      name: "an init container failed for good",
      states: [waiting],
      inits: [ended(1)],
      policy: "Never",
      phase: "Failed",
      ready: "False",
    },
    {
      name: "an init container is tried again",
      states: [waiting],
      inits: [ended(1)],
      phase: "Pending",
      ready: "False",
    },
    { name: "deleted and ended well", states: [ended(0)], deleted: true, phase: "Succeeded", ready: "False" },
    { name: "deleted and killed", states: [ended(137)], deleted: true, phase: "Failed", ready: "False" },
  ];

for (const { name, phase, ready, ...sketch } of table) {
  test(`${name}: ${phase}${ready === "True" ? ", ready" : ""}`, () => {
    const status = makePodStatus(facts(sketch));
    assert.equal(status.phase, phase);
    const conditions = new Map(status.conditions?.map((condition) => [condition.type, condition]));
    assert.equal(conditions.get("Ready")?.status, ready);
    assert.equal(conditions.get("ContainersReady")?.status, ready);
    assert.ok([...conditions.values()].every(({ observedGeneration }) => observedGeneration === 3));
  });
}

test("a condition names what it waits for, and its time is that of its last change", () => {
  const first = makePodStatus(facts({ states: [running, waiting], inits: [ended(0)] }));
  const ready = first.conditions?.find(({ type }) => type === "Ready");
  assert.equal(ready?.message, "containers with unready status: [c1]");
  assert.equal(ready?.lastTransitionTime, "2026-01-01T00:02:00Z");
  const later = { ...facts({ states: [running, waiting] }), nowMs: Date.parse("2026-01-01T00:09:00Z") };
  const second = makePodStatus({ ...later, previous: first.conditions ?? [] });
  assert.equal(
    second.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime,
    "2026-01-01T00:02:00Z",
  );
  const third = makePodStatus({
    ...facts({ states: [running, running] }),
    previous: first.conditions ?? [],
    nowMs: later.nowMs,
  });
  assert.equal(
    third.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime,
    "2026-01-01T00:09:00Z",
  );
});

test("a readiness gate holds the pod back, not its containers", () => {
  const held = facts({ states: [running] });
  const spec = { ...held.pod.spec, readinessGates: [{ conditionType: "example.com/gate" }] };
  const conditionsWith = (status: Pod["status"]) => {
    const { conditions = [] } = makePodStatus({ ...held, pod: { ...held.pod, spec, status } });
    return Object.fromEntries(conditions.map((condition) => [condition.type, condition.status]));
  };
  assert.deepEqual(conditionsWith({}), {
    PodReadyToStartContainers: "True",
    Initialized: "True",
    Ready: "False",
    ContainersReady: "True",
  });
  const open = { conditions: [{ type: "example.com/gate", status: "True" as const }] };
  assert.equal(conditionsWith(open).Ready, "True");
});

test("a status patch takes away the reason that a condition no longer has", () => {
  const patch = makeStatusPatch("u-1", makePodStatus(facts({ states: [running] }))) as {
    readonly status: { readonly conditions: readonly Record<string, unknown>[] };
  };
  assert.ok(patch.status.conditions.every(({ reason, message }) => reason === null && message === null));
});

test("makeStatusPatch replaces the addresses of a pod that got another one", () => {
  const patch = makeStatusPatch("u-1", makePodStatus(facts({ states: [running] }))) as {
    readonly status: { readonly podIP: string; readonly podIPs: readonly object[] };
  };
  assert.deepEqual(patch.status.podIPs, [{ $patch: "replace" }, { ip: patch.status.podIP }]);
});
