import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldError } from "../field-error.ts";
import type { Deployment, ReplicaSet } from "../workload.ts";
import { deploymentDefinition } from "./deployment-definition.ts";
import { replicaSetDefinition } from "./replica-set-definition.ts";
import { defaultDeployment, defaultReplicaSet } from "./workload-default.ts";
import { prepareDeploymentForUpdate, prepareDeploymentStatus } from "./workload-update.ts";
import { validateDeployment, validateDeploymentUpdate, validateWorkloadStatus } from "./workload-validate.ts";

const metadata = {
  name: "d",
  namespace: "default",
  uid: "1",
  resourceVersion: "5",
  generation: 1,
  creationTimestamp: "2026-01-01T00:00:00Z",
};
const labels = { app: "web" };
const required = {
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "app:1" }] } },
};

function deployment(spec: object = {}): Deployment {
  const given = { ...required, ...spec } as Deployment["spec"];
  return defaultDeployment({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: given, status: {} });
}

function shown(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ type, field }) => `${type} ${field}`);
}

test("a Deployment rolls a quarter of its pods at a time, keeps ten revisions and waits ten minutes", () => {
  const { spec } = deployment();
  assert.equal(spec.replicas, 1);
  assert.deepEqual(spec.strategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
  });
  assert.equal(spec.revisionHistoryLimit, 10);
  assert.equal(spec.progressDeadlineSeconds, 600);
  assert.equal(spec.template.spec.restartPolicy, "Always");
  assert.deepEqual(deployment({ strategy: { type: "Recreate" } }).spec.strategy, { type: "Recreate" });
  assert.deepEqual(defaultDeployment(deployment()), deployment());
});

test("each rule names the field that breaks it", () => {
  const invalid: readonly (readonly [object, readonly string[]])[] = [
    [{}, []],
    [{ replicas: -1 }, ["Invalid spec.replicas"]],
    [{ selector: { matchLabels: { app: "db" } } }, ["Invalid spec.template.metadata.labels"]],
    [{ selector: undefined }, ["Required spec.selector", "Invalid spec.template.metadata.labels"]],
    [{ selector: {} }, ["Invalid spec.selector"]],
    [
      { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "0%" } } },
      ["Invalid spec.strategy.rollingUpdate.maxUnavailable"],
    ],
    [{ strategy: { rollingUpdate: { maxSurge: "some" } } }, ["Invalid spec.strategy.rollingUpdate.maxSurge"]],
    [
      { strategy: { rollingUpdate: { maxUnavailable: "101%" } } },
      ["Invalid spec.strategy.rollingUpdate.maxUnavailable"],
    ],
    [{ strategy: { type: "Other" } }, ["NotSupported spec.strategy"]],
    [{ strategy: { type: "Recreate", rollingUpdate: {} } }, ["Forbidden spec.strategy.rollingUpdate"]],
    [{ minReadySeconds: 600 }, ["Invalid spec.progressDeadlineSeconds"]],
    [
      { template: { metadata: { labels }, spec: { ...required.template.spec, restartPolicy: "Never" } } },
      ["NotSupported spec.template.spec.restartPolicy"],
    ],
  ];
  for (const [spec, expected] of invalid) {
    assert.deepEqual(shown(validateDeployment(deployment(spec))), expected, JSON.stringify(spec));
  }
});

test("the selector is for life", () => {
  const both = { app: "web", tier: "front" };
  const next = deployment({
    selector: { matchLabels: both },
    template: { ...required.template, metadata: { labels: both } },
  });
  assert.deepEqual(shown(validateDeploymentUpdate(next, deployment())), ["Invalid spec.selector"]);
});

test("the generation grows with the spec and the annotations, not with labels", () => {
  const old = deployment();
  const generation = (next: Deployment) => prepareDeploymentForUpdate(next, old).metadata.generation;
  assert.equal(generation(old), 1);
  assert.equal(generation({ ...old, metadata: { ...metadata, labels } }), 1);
  assert.equal(generation({ ...old, metadata: { ...metadata, annotations: { a: "b" } } }), 2);
  assert.equal(generation(deployment({ replicas: 3 })), 2);
});

test("a write of status changes neither spec nor labels, and its counts fit together", () => {
  const old = deployment();
  const written = {
    ...deployment({ replicas: 9 }),
    metadata: { ...metadata, labels },
    status: { replicas: 1 },
  };
  const next = prepareDeploymentStatus(written, old);
  assert.equal(next.spec.replicas, 1);
  assert.equal(next.metadata.labels, undefined);
  assert.deepEqual(shown(validateWorkloadStatus(next, old)), []);
  const broken: Deployment = { ...next, status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 } };
  assert.deepEqual(shown(validateWorkloadStatus(broken, old)), [
    "Invalid status.readyReplicas",
    "Invalid status.availableReplicas",
    "Invalid status.availableReplicas",
  ]);
});

test("rows show what kubectl prints", () => {
  const nowMs = Date.parse("2026-01-01T00:01:00Z");
  const status = { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 };
  assert.deepEqual(deploymentDefinition.cells({ ...deployment({ replicas: 2 }), status }, nowMs), [
    "d",
    "1/2",
    2,
    1,
    "60s",
    "c",
    "app:1",
    "app=web",
  ]);
  const set: ReplicaSet = defaultReplicaSet({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata,
    spec: required,
    status: { replicas: 1 },
  });
  assert.deepEqual(replicaSetDefinition.cells(set, nowMs), ["d", 1, 1, 0, "60s", "c", "app:1", "app=web"]);
});

test("a selector that cannot be read is told once more, and the template is not looked at", () => {
  const selector = { matchExpressions: [{ key: "k", operator: "In" as const }] };
  const template = { metadata: {}, spec: { containers: [] } };
  const metadata = { name: "d", uid: "", resourceVersion: "", creationTimestamp: "" };
  const draft = { kind: "Deployment", apiVersion: "apps/v1", metadata, spec: { selector, template } };
  const errors = validateDeployment(draft as unknown as Parameters<typeof validateDeployment>[0]);
  assert.deepEqual(
    errors
      .filter(({ field }) => !field.startsWith("spec.strategy"))
      .map(({ field, detail }) => `${field}: ${detail}`),
    [
      "spec.selector.matchExpressions[0].values: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector: invalid label selector",
    ],
  );
});
