import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldError } from "./field-error.ts";
import type { Service, ServiceSpec, ServiceStatus } from "./service.ts";
import { serviceCells } from "./service-columns.ts";
import { defaultService } from "./service-default.ts";
import { prepareServiceForUpdate } from "./service-update.ts";
import { validateService } from "./service-validate.ts";
import { validateServiceStatus } from "./service-validate-status.ts";
import { validateServiceUpdate } from "./service-validate-update.ts";
import { serviceWarnings } from "./service-warnings.ts";

type SpecInput = { readonly [Field in keyof ServiceSpec]?: unknown };

function draft(spec: SpecInput, status: ServiceStatus = {}): Service {
  return defaultService({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "web",
      namespace: "default",
      uid: "1",
      resourceVersion: "5",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: spec as unknown as ServiceSpec,
    status,
  });
}

const ports = [{ port: 80 }];

/** A Service as it is after allocation. */
function service(spec: SpecInput, status?: ServiceStatus): Service {
  const hasAddress = spec.type !== "ExternalName";
  const allocated = {
    clusterIP: "10.96.0.5",
    clusterIPs: ["10.96.0.5"],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    ports,
  };
  return draft({ ...(hasAddress ? allocated : {}), ...spec }, status);
}

function shown(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ type, field }) => `${type} ${field}`);
}

test("a Service that gives only a port gets every default", () => {
  const { spec, status } = draft({ ports });
  assert.deepEqual(JSON.parse(JSON.stringify({ spec, status })), {
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    },
    status: { loadBalancer: {} },
  });
});

test("defaults depend on the type", () => {
  assert.equal(draft({ type: "NodePort", ports }).spec.externalTrafficPolicy, "Cluster");
  assert.equal(draft({ externalIPs: ["192.0.2.1"], ports }).spec.externalTrafficPolicy, "Cluster");
  assert.equal(draft({ ports }).spec.externalTrafficPolicy, undefined);
  assert.equal(draft({ type: "LoadBalancer", ports }).spec.allocateLoadBalancerNodePorts, true);
  assert.equal(draft({ type: "ExternalName" }).spec.internalTrafficPolicy, undefined);
});

test("affinity completes or drops its configuration", () => {
  assert.deepEqual(draft({ sessionAffinity: "ClientIP" }).spec.sessionAffinityConfig, {
    clientIP: { timeoutSeconds: 10_800 },
  });
  const config = { clientIP: { timeoutSeconds: 5 } };
  assert.equal(draft({ sessionAffinityConfig: config }).spec.sessionAffinityConfig, undefined);
});

test("the address of a load balancer is a VIP if nothing else is said", () => {
  const ingress = [{ ip: "192.0.2.1" }, { hostname: "lb.example.com" }];
  assert.deepEqual(
    draft({ type: "LoadBalancer" }, { loadBalancer: { ingress } }).status.loadBalancer?.ingress,
    [{ ip: "192.0.2.1", ipMode: "VIP" }, { hostname: "lb.example.com" }],
  );
});

test("defaulting twice is defaulting once", () => {
  const once = draft({ type: "LoadBalancer", sessionAffinity: "ClientIP", ports });
  assert.deepEqual(defaultService(once), once);
});

const invalid: readonly (readonly [SpecInput, readonly string[]])[] = [
  [{}, []],
  [{ ports: [] }, ["Required spec.ports"]],
  [{ ports: [], clusterIP: "None", clusterIPs: ["None"] }, []],
  [{ ports: [{ port: 80, nodePort: 30_000 }] }, ["Forbidden spec.ports[0].nodePort"]],
  [{ ports: [{ port: 0 }] }, ["Invalid spec.ports[0].port", "Invalid spec.ports[0].targetPort"]],
  [{ ports: [{ port: 80 }, { port: 81 }] }, ["Required spec.ports[0].name", "Required spec.ports[1].name"]],
  [
    {
      ports: [
        { name: "a", port: 80 },
        { name: "a", port: 80 },
      ],
    },
    ["Duplicate spec.ports[1].name", "Duplicate spec.ports[1]"],
  ],
  [
    {
      type: "NodePort",
      ports: [
        { name: "a", port: 80, nodePort: 30_000 },
        { name: "b", port: 81, nodePort: 30_000 },
      ],
    },
    ["Duplicate spec.ports[1].nodePort"],
  ],
  [{ type: "NodePort", clusterIP: "None", clusterIPs: ["None"] }, ["Invalid spec.clusterIPs[0]"]],
  [{ type: "Other" }, ["NotSupported spec.type"]],
  [{ clusterIPs: ["10.96.0.6"] }, ["Invalid spec.clusterIPs"]],
  [{ clusterIPs: ["10.96.0.5", "10.96.0.6"] }, ["Invalid spec.clusterIPs"]],
  [{ clusterIP: "FD00::1", clusterIPs: ["FD00::1"], ipFamilies: ["IPv6"] }, []],
  [{ clusterIP: "010.96.0.5", clusterIPs: ["010.96.0.5"] }, ["Invalid spec.clusterIPs[0]"]],
  [{ ipFamilies: ["IPv6"] }, ["Invalid spec.clusterIPs[0]"]],
  [{ ipFamilies: ["IPv4", "IPv4"] }, ["Duplicate spec.ipFamilies[1]"]],
  [{ externalIPs: ["127.0.0.1"], externalTrafficPolicy: "Local" }, ["Invalid spec.externalIPs[0]"]],
  [{ externalTrafficPolicy: "Local" }, ["Invalid spec.externalTrafficPolicy"]],
  [{ healthCheckNodePort: 30_000 }, ["Invalid spec.healthCheckNodePort"]],
  [{ loadBalancerSourceRanges: ["192.0.2.0/24"] }, ["Forbidden spec.LoadBalancerSourceRanges"]],
  [
    { type: "LoadBalancer", loadBalancerSourceRanges: [" 192.0.2.0/24 ", "192.0.2.1/24"] },
    ["Invalid spec.LoadBalancerSourceRanges[1]"],
  ],
  [{ type: "LoadBalancer", externalTrafficPolicy: "Local" }, ["Required spec.healthCheckNodePort"]],
  [{ type: "ExternalName" }, ["Required spec.externalName"]],
  [{ type: "ExternalName", externalName: "db.example.com." }, []],
  [{ type: "ExternalName", externalName: "x", clusterIPs: ["10.96.0.5"] }, ["Forbidden spec.clusterIPs"]],
  [{ trafficDistribution: "PreferFar" }, ["NotSupported spec.trafficDistribution"]],
];

test("each rule names the field that breaks it", () => {
  for (const [spec, expected] of invalid) {
    assert.deepEqual(shown(validateService(service(spec))), expected, JSON.stringify(spec));
  }
});

test("addresses in an older form stay valid while they do not change", () => {
  const old = service({ externalIPs: ["010.0.0.1"] });
  assert.deepEqual(shown(validateServiceUpdate(old, old)), []);
  assert.deepEqual(shown(validateService(old)), ["Invalid spec.externalIPs[0]"]);
});

test("changing the type alone drops what the new type has no use for", () => {
  const old = service({
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    healthCheckNodePort: 32_000,
    loadBalancerClass: "example.com/lb",
    ports: [{ port: 80, nodePort: 30_000 }],
  });
  const toClusterIp = prepareServiceForUpdate({ ...old, spec: { ...old.spec, type: "ClusterIP" } }, old);
  assert.deepEqual(shown(validateServiceUpdate(toClusterIp, old)), []);
  assert.equal(toClusterIp.spec.ports?.[0]?.nodePort, undefined);
  const external: Service = {
    ...old,
    spec: { ...old.spec, type: "ExternalName", externalName: "x.example" },
  };
  const toExternal = prepareServiceForUpdate(external, old);
  assert.deepEqual(shown(validateServiceUpdate(toExternal, old)), []);
  assert.equal(toExternal.spec.clusterIP, undefined);
});

test("a field that is changed along with the type is not dropped but refused", () => {
  const old = service({ type: "NodePort", ports: [{ port: 80, nodePort: 30_000 }] });
  const next = prepareServiceForUpdate(
    service({ type: "ClusterIP", ports: [{ port: 80, nodePort: 30_001 }] }),
    old,
  );
  assert.deepEqual(shown(validateServiceUpdate(next, old)), ["Forbidden spec.ports[0].nodePort"]);
});

test("the load balancer's status goes when the type does, and never comes from a plain update", () => {
  const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" as const }] } };
  const old = service({ type: "LoadBalancer" }, status);
  assert.deepEqual(prepareServiceForUpdate(service({ type: "LoadBalancer" }), old).status, status);
  assert.deepEqual(prepareServiceForUpdate(service({ type: "NodePort" }), old).status, { loadBalancer: {} });
});

test("the primary address and family are for life, the secondary goes with SingleStack only", () => {
  const single = service({});
  const dual = service({
    clusterIPs: ["10.96.0.5", "fd00::5"],
    ipFamilies: ["IPv4", "IPv6"],
    ipFamilyPolicy: "RequireDualStack",
  });
  assert.deepEqual(shown(validateServiceUpdate(dual, single)), []);
  assert.deepEqual(shown(validateServiceUpdate(single, dual)), []);
  const moved = service({ clusterIP: "10.96.0.6", clusterIPs: ["10.96.0.6"] });
  assert.deepEqual(shown(validateServiceUpdate(moved, single)), ["Invalid spec.clusterIPs[0]"]);
  const halved = { ...single, spec: { ...single.spec, ipFamilyPolicy: "RequireDualStack" as const } };
  assert.deepEqual(shown(validateServiceUpdate(halved, dual)), [
    "Invalid spec.ipFamilyPolicy",
    "Invalid spec.ipFamilyPolicy",
  ]);
});

test("class and health check port of a load balancer do not change", () => {
  const old = service({ type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 32_000 });
  const next = service({
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    healthCheckNodePort: 32_001,
    loadBalancerClass: "a/b",
  });
  assert.deepEqual(shown(validateServiceUpdate(next, old)), [
    "Invalid spec.loadBalancerClass",
    "Forbidden spec.healthCheckNodePort",
  ]);
});

test("status holds addresses of load balancers only, and they are addresses", () => {
  const old = service({ type: "LoadBalancer" });
  const withIngress = (ingress: object): Service => ({
    ...old,
    status: { loadBalancer: { ingress: [ingress] } },
  });
  assert.deepEqual(shown(validateServiceStatus(withIngress({ ip: "192.0.2.1", ipMode: "VIP" }), old)), []);
  assert.deepEqual(shown(validateServiceStatus(withIngress({ ip: "nope" }), old)), [
    "Invalid status.loadBalancer.ingress[0].ip",
    "Required status.loadBalancer.ingress[0].ipMode",
  ]);
  assert.deepEqual(shown(validateServiceStatus(withIngress({ hostname: "x", ipMode: "VIP" }), old)), [
    "Forbidden status.loadBalancer.ingress[0].ipMode",
  ]);
  const plain = service({ type: "ClusterIP" });
  const misplaced = { ...plain, status: { loadBalancer: { ingress: [{ hostname: "x" }] } } };
  assert.deepEqual(shown(validateServiceStatus(misplaced, plain)), ["Forbidden status.loadBalancer.ingress"]);
});

test("fields that will go, or do nothing, give a warning", () => {
  const warnings: readonly (readonly [SpecInput, readonly string[]])[] = [
    [{}, []],
    [
      { externalIPs: ["192.0.2.1"] },
      ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"],
    ],
    [
      { clusterIP: "None", clusterIPs: ["None"], sessionAffinity: "ClientIP", loadBalancerIP: "192.0.2.1" },
      [
        "spec.loadBalancerIP is ignored for headless services",
        "spec.SessionAffinity is ignored for headless services",
      ],
    ],
    [{ externalName: "x" }, ['spec.externalName is ignored when spec.type is not "ExternalName"']],
    [
      { trafficDistribution: "PreferClose" },
      ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
    ],
    [
      { clusterIP: "FD00::1", clusterIPs: ["FD00::1"] },
      ['spec.clusterIPs[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")'],
    ],
  ];
  for (const [spec, expected] of warnings) {
    assert.deepEqual(serviceWarnings(service(spec)), expected, JSON.stringify(spec));
  }
});

test("a row shows what kubectl prints", () => {
  const nowMs = Date.parse("2026-01-01T00:02:00Z");
  const nodePort = service({
    type: "NodePort",
    ports: [{ port: 80, nodePort: 30_000 }],
    selector: { b: "2", a: "1" },
  });
  assert.deepEqual(serviceCells(nodePort, nowMs), [
    "web",
    "NodePort",
    "10.96.0.5",
    "<none>",
    "80:30000/TCP",
    "2m",
    "a=1,b=2",
  ]);
  const balancer = service({ type: "LoadBalancer", externalIPs: ["192.0.2.9"] });
  assert.equal(serviceCells(balancer, nowMs)[3], "192.0.2.9");
  const ingress = [{ ip: "192.0.2.2" }, { hostname: "a.example" }];
  assert.equal(
    serviceCells({ ...balancer, status: { loadBalancer: { ingress } } }, nowMs)[3],
    "192.0.2.2,a.example,192.0.2.9",
  );
  assert.equal(serviceCells(service({ type: "LoadBalancer" }), nowMs)[3], "<pending>");
  assert.deepEqual(
    serviceCells(service({ type: "ExternalName", externalName: "x.example" }), nowMs).slice(2, 5),
    ["<none>", "x.example", "<none>"],
  );
});
