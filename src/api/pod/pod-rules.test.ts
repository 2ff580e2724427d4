import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText } from "../../apiserver/field-error-text.ts";
import type { Container, Pod, PodSpec } from "../pod.ts";
import { podDefinition } from "./pod-definition.ts";

function podOf(spec: object, container: object = {}): Pod {
  const draft = {
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "i", ...container }], ...spec },
  };
  return podDefinition.default?.(draft as unknown as Pod) ?? (draft as unknown as Pod);
}

function errorsOf(pod: Pod): readonly string[] {
  return (podDefinition.validate?.(pod) ?? []).map(fieldErrorText);
}

const noIp = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const specs: readonly (readonly [name: string, spec: object, errors: readonly string[]])[] = [
  [
    "a volume of two kinds",
    { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/x" } }] },
    ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
  ],
  ["a volume without a kind is an empty directory", { volumes: [{ name: "v" }] }, []],
  [
    "sources that name nothing",
    {
      volumes: [
        { name: "a", configMap: {} },
        { name: "b", secret: {} },
        { name: "c", persistentVolumeClaim: {} },
      ],
    },
    [
      "spec.volumes[0].configMap.name: Required value",
      "spec.volumes[1].secret.secretName: Required value",
      "spec.volumes[2].persistentVolumeClaim.claimName: Required value",
    ],
  ],
  [
    "paths that lead elsewhere",
    {
      volumes: [
        { name: "a", hostPath: { path: "/a/../b" } },
        { name: "b", configMap: { name: "x", items: [{ key: "k", path: "/etc" }] } },
      ],
    },
    [
      "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
      'spec.volumes[1].configMap.items[0].path: Invalid value: "/etc": must be a relative path',
    ],
  ],
  [
    "modes",
    { volumes: [{ name: "a", secret: { secretName: "x", defaultMode: 512 } }] },
    [
      "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
    ],
  ],
  [
    "dnsPolicy None",
    { dnsPolicy: "None" },
    ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
  ],
  [
    "dnsPolicy None without servers",
    { dnsPolicy: "None", dnsConfig: {} },
    [
      "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
    ],
  ],
  [
    "name servers and options",
    { dnsConfig: { nameservers: ["x"], searches: ["_tcp.example.com."], options: [{ value: "1" }] } },
    [
      `spec.dnsConfig.nameservers[0]: Invalid value: "x": ${noIp}`,
      "spec.dnsConfig.options[0]: Required value: must not be empty",
    ],
  ],
  [
    "host aliases",
    { hostAliases: [{ ip: "x", hostnames: ["a.b"] }] },
    [`spec.hostAliases[0].ip: Invalid value: "x": ${noIp}`],
  ],
  [
    "users",
    { securityContext: { runAsUser: -1 } },
    ["spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"],
  ],
  [
    "process namespaces",
    { hostPID: true, shareProcessNamespace: true },
    [
      "spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
    ],
  ],
  [
    "node affinity",
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: "k", operator: "In" },
                  { key: "k", operator: "Is" },
                ],
              },
            ],
          },
        },
      },
    },
    [
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].operator: Invalid value: "Is": not a valid selector operator',
    ],
  ],
  [
    "pod affinity",
    {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 101, podAffinityTerm: { topologyKey: "zone" } },
          ],
        },
      },
    },
    [
      "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100",
    ],
  ],
  [
    "topology spread",
    { topologySpreadConstraints: [{ maxSkew: 0, whenUnsatisfiable: "x" }] },
    [
      "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
      "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "x": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
  [
    "operating systems",
    { os: { name: "plan9" } },
    ['spec.os.name: Unsupported value: "plan9": supported values: "linux", "windows"'],
  ],
  [
    "a node before the gates are lifted",
    { nodeName: "n", schedulingGates: [{ name: "g" }] },
    ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
  ],
  [
    "a toleration with a value that is not compared",
    { tolerations: [{ key: "k", operator: "Exists", value: "v" }] },
    [
      'spec.tolerations[0].operator: Invalid value: {"Key":"k","Operator":"Exists","Value":"v","Effect":"","TolerationSeconds":null}: value must be empty when `operator` is \'Exists\'',
    ],
  ],
];

for (const [name, spec, errors] of specs) {
  test(`what is wrong with a pod: ${name}`, () => assert.deepEqual(errorsOf(podOf(spec)), errors));
}

const containers: readonly (readonly [name: string, container: object, errors: readonly string[]])[] = [
  [
    "references without names",
    { env: [{ name: "a", valueFrom: { secretKeyRef: {} } }] },
    [
      "spec.containers[0].env[0].valueFrom.secretKeyRef.name: Required value",
      "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value",
    ],
  ],
  [
    "fields that a variable cannot hold",
    {
      env: [
        { name: "a", valueFrom: { fieldRef: { fieldPath: "spec.x" } } },
        { name: "b", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      ],
    },
    [
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x',
    ],
  ],
  [
    "all variables of nothing",
    { envFrom: [{}, { configMapRef: {} }] },
    [
      'spec.containers[0].envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
      "spec.containers[0].envFrom[1].configMapRef.name: Required value",
    ],
  ],
  [
    "users",
    { securityContext: { runAsGroup: -1 } },
    [
      "spec.containers[0].securityContext.runAsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ],
  ],
];

for (const [name, container, errors] of containers) {
  test(`what is wrong with a container: ${name}`, () =>
    assert.deepEqual(errorsOf(podOf({}, container)), errors));
}

test("admission refuses priorities and classes that do not exist", () => {
  const refusals: readonly (readonly [Partial<PodSpec>, RegExp | undefined])[] = [
    [{}, undefined],
    [{ priorityClassName: "system-node-critical", priority: 2_000_001_000 }, undefined],
    [{ priorityClassName: "gold" }, /^no PriorityClass with name gold was found$/],
    [
      { priority: 7 },
      /^the integer value of priority \(7\) must not be provided in pod spec; .* computed 0 from/,
    ],
    [{ preemptionPolicy: "Never" }, /^the string value of PreemptionPolicy \(Never\) must not be provided/],
    [{ runtimeClassName: "gvisor" }, /^pod rejected: RuntimeClass "gvisor" not found$/],
  ];
  for (const [spec, refusal] of refusals) {
    const reason = podDefinition.refusal?.(podOf(spec));
    if (refusal) assert.match(reason ?? "", refusal);
    else assert.equal(reason, undefined);
  }
});

test("a new pod is warned of what is repeated or outdated, a changed one is not", () => {
  const container: Partial<Container> = {
    env: [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
      { name: "A", value: "$(A):3" },
    ],
    ports: [{ containerPort: 80, name: "web" }, { containerPort: 80 }, { containerPort: 81, name: "web" }],
  };
  const pod = podOf(
    {
      nodeSelector: { "beta.kubernetes.io/os": "linux" },
      imagePullSecrets: [{}],
      terminationGracePeriodSeconds: -1,
    },
    container,
  );
  assert.deepEqual(podDefinition.warnings?.(pod, undefined), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.imagePullSecrets[0].name: invalid empty name ""',
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
    'spec.containers[0].ports[2]: duplicate port name "web" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
  ]);
  assert.deepEqual(podDefinition.warnings?.(pod, pod), []);
});

const statuses: readonly (readonly [name: string, next: object, errors: readonly string[]])[] = [
  ["nothing", {}, []],
  [
    "addresses of the host",
    { hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.2" }, { ip: "10.0.0.1" }] },
    [
      'status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`',
      'status.hostIPs: Invalid value: [{"ip":"10.0.0.2"},{"ip":"10.0.0.1"}]: may specify no more than one IP for each IP family',
    ],
  ],
  [
    "the class of service",
    { qosClass: "Guaranteed" },
    ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
  ],
  [
    "a container that comes back to life",
    { containerStatuses: [{ name: "c", state: { running: {} } }] },
    ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
  ],
];

for (const [name, status, errors] of statuses) {
  test(`what is wrong with a status: ${name}`, () => {
    const ended = [{ name: "c", state: { terminated: { exitCode: 0 } } }];
    const metadata = { name: "p", namespace: "n", uid: "1", resourceVersion: "1", creationTimestamp: "" };
    const old = {
      ...podOf({ restartPolicy: "Never" }),
      metadata,
      status: { qosClass: "BestEffort", containerStatuses: ended },
    } as unknown as Pod;
    const sent = { ...old, status: { containerStatuses: ended, ...status } } as unknown as Pod;
    const part = podDefinition.parts?.status;
    const next = part?.prepare(sent, old) ?? sent;
    assert.deepEqual((part?.validate?.(next, old) ?? []).map(fieldErrorText), errors);
  });
}
