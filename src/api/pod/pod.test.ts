import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldError } from "../field-error.ts";
import type { Container, Pod, PodSpec, PodStatus } from "../pod.ts";
import { podCells } from "./pod-columns.ts";
import { defaultPod } from "./pod-default.ts";
import { podDefinition } from "./pod-definition.ts";
import { validatePodStatus } from "./pod-status-validate.ts";
import { summarizePod } from "./pod-summary.ts";
import { preparePodForCreate, preparePodForUpdate, preparePodStatus } from "./pod-update.ts";
import { validatePod, validatePodUpdate } from "./pod-validate.ts";

function pod(spec: Partial<PodSpec> = {}, status: PodStatus = {}): Pod {
  return defaultPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "p",
      namespace: "default",
      uid: "1",
      resourceVersion: "5",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { containers: [{ name: "c", image: "app:1" }], ...spec },
    status,
  });
}

function withContainer(container: Partial<Container>): Pod {
  return pod({ containers: [{ name: "c", image: "app:1", ...container }] });
}

function shown(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ type, field }) => `${type} ${field}`);
}

test("only an image that is pinned to a tag is not pulled every time", () => {
  const policies: readonly (readonly [string, string])[] = [
    ["app", "Always"],
    ["app:latest", "Always"],
    ["app:1", "IfNotPresent"],
    ["registry.example:5000/app", "Always"],
    ["registry.example:5000/app:1", "IfNotPresent"],
    ["app@sha256:00", "IfNotPresent"],
  ];
  assert.deepEqual(
    policies.map(([image]) => [image, withContainer({ image }).spec.containers[0]?.imagePullPolicy]),
    policies,
  );
});

test("probes, ports, environment and volumes get their defaults", () => {
  const { containers, volumes } = pod({
    containers: [
      {
        name: "c",
        image: "app:1",
        ports: [{ containerPort: 80 }],
        readinessProbe: { httpGet: { port: 80 }, periodSeconds: 3 },
        env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
        resources: { limits: { cpu: "1" } },
      },
    ],
    volumes: [{ name: "v" }, { name: "s", secret: { secretName: "x" } }],
  }).spec;
  const [container] = containers;
  assert.equal(container?.ports?.[0]?.protocol, "TCP");
  assert.deepEqual(container?.readinessProbe, {
    httpGet: { port: 80, path: "/", scheme: "HTTP" },
    periodSeconds: 3,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  });
  assert.equal(container?.env?.[0]?.valueFrom?.fieldRef?.apiVersion, "v1");
  assert.deepEqual(container?.resources, { limits: { cpu: "1" }, requests: { cpu: "1" } });
  assert.deepEqual(volumes, [
    { name: "v", emptyDir: {} },
    { name: "s", secret: { defaultMode: 420, secretName: "x" } },
  ]);
});

test("defaulting twice is defaulting once", () => {
  const once = pod({ hostNetwork: true, containers: [{ name: "c", ports: [{ containerPort: 80 }] }] });
  assert.deepEqual(defaultPod(once), once);
  assert.equal(once.spec.containers[0]?.ports?.[0]?.hostPort, 80);
});

test("podIP and podIPs agree", () => {
  assert.deepEqual(pod({}, { podIP: "10.0.0.1" }).status.podIPs, [{ ip: "10.0.0.1" }]);
  assert.equal(pod({}, { podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] }).status.podIP, "10.0.0.1");
  const differing = pod({}, { podIP: "10.0.0.2", podIPs: [{ ip: "10.0.0.1" }] });
  assert.deepEqual(differing.status.podIPs, [{ ip: "10.0.0.2" }]);
});

test("a new pod stays five minutes on a node that fails, unless it says otherwise", () => {
  const { spec, status } = preparePodForCreate(pod({}, { phase: "Running" }));
  assert.deepEqual(
    spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
    [
      ["node.kubernetes.io/not-ready", 300],
      ["node.kubernetes.io/unreachable", 300],
    ],
  );
  assert.equal(spec.serviceAccountName, "default");
  assert.deepEqual(status, { phase: "Pending", qosClass: "BestEffort" });
  const tolerant = preparePodForCreate(pod({ tolerations: [{ operator: "Exists" }] }));
  assert.equal(tolerant.spec.tolerations?.length, 1);
});

test("the class of service follows from what the containers ask for", () => {
  const classes: readonly (readonly [Container["resources"], string])[] = [
    [undefined, "BestEffort"],
    [{ requests: { cpu: "100m" } }, "Burstable"],
    [{ limits: { cpu: "1", memory: "1Gi" } }, "Guaranteed"],
    [{ limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1000m", memory: "1024Mi" } }, "Guaranteed"],
    [{ limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } }, "Burstable"],
    [{ limits: { cpu: "1" } }, "Burstable"],
  ];
  for (const [resources, expected] of classes) {
    const created = preparePodForCreate(withContainer(resources ? { resources } : {}));
    assert.equal(created.status.qosClass, expected, JSON.stringify(resources));
  }
});

test("each rule names the field that breaks it", () => {
  const invalid: readonly (readonly [Pod, readonly string[]])[] = [
    [pod(), []],
    [pod({ containers: [] }), ["Required spec.containers"]],
    [
      withContainer({ name: "C", image: "" }),
      ["Invalid spec.containers[0].name", "Required spec.containers[0].image"],
    ],
    [
      withContainer({ ports: [{ containerPort: 0 }, { containerPort: 80, protocol: "Q" as "TCP" }] }),
      [
        "Required spec.containers[0].ports[0].containerPort",
        "NotSupported spec.containers[0].ports[1].protocol",
      ],
    ],
    [
      withContainer({ livenessProbe: { successThreshold: 2, exec: { command: ["true"] } } }),
      ["Invalid spec.containers[0].livenessProbe.successThreshold"],
    ],
    [
      withContainer({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
      ["Invalid spec.containers[0].lifecycle.preStop.sleep"],
    ],
    [withContainer({ readinessProbe: {} }), ["Required spec.containers[0].readinessProbe"]],
    [
      withContainer({ env: [{ name: "A", valueFrom: {} }, { name: "" }] }),
      ["Invalid spec.containers[0].env[0].valueFrom", "Required spec.containers[0].env[1].name"],
    ],
    [
      withContainer({ volumeMounts: [{ name: "none", mountPath: "/x" }] }),
      ["NotFound spec.containers[0].volumeMounts[0].name"],
    ],
    [
      withContainer({ resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } }),
      ["Invalid spec.containers[0].resources.requests"],
    ],
    [pod({ restartPolicy: "Maybe" as "Never" }), ["NotSupported spec.restartPolicy"]],
    [
      pod({ tolerations: [{ key: "a", operator: "Exists", value: "x" }] }),
      ["Invalid spec.tolerations[0].operator"],
    ],
    [pod({ hostname: "a.b", nodeName: "A" }), ["Invalid spec.nodeName", "Invalid spec.hostname"]],
  ];
  for (const [one, expected] of invalid) assert.deepEqual(shown(validatePod(one)), expected);
});

test("of a running pod images may change and tolerations may be added, nothing else", () => {
  const old = preparePodForCreate(pod());
  const change = (spec: Partial<PodSpec>) =>
    preparePodForUpdate({ ...old, spec: { ...old.spec, ...spec } }, old);
  const [container] = old.spec.containers;
  assert.ok(container);
  const reimaged = change({ containers: [{ ...container, image: "app:2" }] });
  assert.deepEqual(shown(validatePodUpdate(reimaged, old)), []);
  assert.equal(reimaged.metadata.generation, 2);
  const tolerations = [...(old.spec.tolerations ?? []), { key: "k", operator: "Exists" as const }];
  assert.deepEqual(shown(validatePodUpdate(change({ tolerations }), old)), []);
  assert.deepEqual(shown(validatePodUpdate(change({ tolerations: tolerations.slice(1) }), old)), []);
  const moved = validatePodUpdate(change({ nodeName: "n1" }), old);
  assert.deepEqual(shown(moved), ["Forbidden spec"]);
  assert.match(moved[0]?.detail ?? "", /\n {2}spec\.nodeName: undefined -> "n1"$/);
  assert.deepEqual(
    shown(validatePodUpdate(change({ containers: [container, container] }), old)).at(-1),
    "Forbidden spec.containers",
  );
});

test("scheduling gates can be lifted and not be put on", () => {
  const gated = preparePodForCreate(pod({ schedulingGates: [{ name: "a/b" }] }));
  const free = preparePodForCreate(pod());
  assert.equal(gated.status.conditions?.[0]?.reason, "SchedulingGated");
  assert.deepEqual(shown(validatePodUpdate(free, gated)), []);
  assert.deepEqual(shown(validatePodUpdate(gated, free)), ["Forbidden spec.schedulingGates[0].name"]);
});

test("a write of status changes neither spec nor class of service", () => {
  const old = preparePodForCreate(pod());
  const next = preparePodStatus(
    { ...old, spec: { ...old.spec, nodeName: "n" }, status: { phase: "Running" } },
    old,
  );
  assert.deepEqual(next.spec, old.spec);
  assert.deepEqual(next.status, { phase: "Running", qosClass: "BestEffort" });
  const podIPs = [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }];
  const twoOfOneFamily = { ...old, status: { ...old.status, podIPs } };
  assert.deepEqual(shown(validatePodStatus(twoOfOneFamily, old)), ["Invalid status.podIPs"]);
});

const running = { ready: true, restartCount: 0, image: "", imageID: "", state: { running: {} } };

test("STATUS, READY and RESTARTS are those that kubectl prints", () => {
  const two = { containers: [{ name: "a" }, { name: "b" }] };
  const summaries: readonly (readonly [Pod, string, string, number])[] = [
    [pod({}, { phase: "Pending" }), "Pending", "0/1", 0],
    [pod({}, { phase: "Failed", reason: "Evicted" }), "Evicted", "0/1", 0],
    [pod({}, { phase: "Running", containerStatuses: [{ name: "c", ...running }] }), "Running", "1/1", 0],
    [
      pod(two, {
        phase: "Running",
        containerStatuses: [
          { name: "a", ...running },
          {
            name: "b",
            ...running,
            ready: false,
            restartCount: 2,
            state: { waiting: { reason: "CrashLoopBackOff" } },
          },
        ],
      }),
      "CrashLoopBackOff",
      "1/2",
      2,
    ],
    [
      pod(two, {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [
          {
            name: "a",
            ...running,
            ready: false,
            state: { terminated: { exitCode: 0, reason: "Completed" } },
          },
          { name: "b", ...running },
        ],
      }),
      "Running",
      "1/2",
      0,
    ],
    [
      pod(
        {},
        {
          phase: "Failed",
          containerStatuses: [
            { name: "c", ...running, ready: false, state: { terminated: { exitCode: 3 } } },
          ],
        },
      ),
      "ExitCode:3",
      "0/1",
      0,
    ],
    [
      pod(
        { initContainers: [{ name: "i" }] },
        {
          phase: "Pending",
          initContainerStatuses: [{ name: "i", ...running, ready: false }],
        },
      ),
      "Init:0/1",
      "0/1",
      0,
    ],
    [
      pod(
        { initContainers: [{ name: "i", restartPolicy: "Always" }] },
        {
          phase: "Running",
          initContainerStatuses: [{ name: "i", ...running, started: true }],
          containerStatuses: [{ name: "c", ...running }],
        },
      ),
      "Running",
      "2/2",
      0,
    ],
  ];
  for (const [one, reason, ready, restarts] of summaries) {
    const summary = summarizePod(one);
    assert.deepEqual(
      [summary.reason, `${summary.ready}/${summary.total}`, summary.restarts],
      [reason, ready, restarts],
    );
  }
});

test("a pod that is being deleted is Terminating", () => {
  const one = pod({}, { phase: "Running" });
  const deleted = { ...one, metadata: { ...one.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  assert.equal(summarizePod(deleted).reason, "Terminating");
  assert.equal(summarizePod({ ...deleted, status: { phase: "Succeeded" } }).reason, "Succeeded");
});

test("a row tells when a container was restarted last", () => {
  const lastState = { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:00:00Z" } };
  const one = pod(
    { nodeName: "n1", readinessGates: [{ conditionType: "a/b" }] },
    {
      phase: "Running",
      podIP: "10.0.0.1",
      containerStatuses: [{ name: "c", ...running, restartCount: 1, lastState }],
    },
  );
  assert.deepEqual(podCells(one, Date.parse("2026-01-01T00:01:00Z")), [
    "p",
    "1/1",
    "Running",
    "1 (60s ago)",
    "60s",
    "10.0.0.1",
    "n1",
    "<none>",
    "0/1",
  ]);
});

test("pods can be selected by node and phase", () => {
  const one = pod({ nodeName: "n1" }, { phase: "Running" });
  assert.equal(podDefinition.selectableFields?.["spec.nodeName"]?.(one), "n1");
  assert.equal(podDefinition.selectableFields?.["status.phase"]?.(one), "Running");
});
