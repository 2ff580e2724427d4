import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import type { Diagnosis } from "../src/inspect/index.ts";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type Doctor, openDoctor } from "./support/doctor.ts";
import {
  type Broken,
  deploymentOf,
  manifestOf,
  neverReady,
  selectsWeb,
  serviceOf,
} from "./support/doctor-cases.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

/** Of the load balancer's addresses; another program has a port there. */
const taken = { address: "127.0.3.80", port: 8443 };
const listener = `net.createServer().listen(${taken.port}, "${taken.address}", () => console.log("listens"))`;
/** What only pods of nodes in a known zone have can be preferred by zone. */
const zone = "topology.kubernetes.io/zone";

/** Each is a Service `web` and its Deployment, with one thing wrong. */
const broken: readonly Broken[] = [
  { id: "selector-matches-nothing", service: "selector: {app: wbe}" },
  { id: "no-selector-no-endpoints", service: "" },
  { id: "no-ready-pod", pods: { container: neverReady } },
  {
    id: "some-pods-unready",
    beside: deploymentOf({ namespace: "some-pods-unready", name: "canary", container: neverReady }),
  },
  { id: "target-port-name-missing", service: `${selectsWeb}\n  ports: [{port: 80, targetPort: web}]` },
  {
    id: "target-port-undeclared",
    pods: {
      container:
        "{name: echo, image: porthole/echo, env: [{name: PORT, value: '8080'}], ports: [{containerPort: 8081}]}",
    },
  },
  { id: "endpoint-refuses", service: `${selectsWeb}\n  ports: [{port: 80, targetPort: 9}]` },
  { id: "external-local-without-endpoint", service: `${selectsWeb}\n  externalTrafficPolicy: Local` },
  { id: "internal-local-without-endpoint", service: `${selectsWeb}\n  internalTrafficPolicy: Local` },
  {
    id: "topology-hints-ignored",
    pods: { replicas: 3 },
    service: `${selectsWeb}\n  trafficDistribution: PreferClose`,
  },
  {
    id: "unready-published",
    service: `${selectsWeb}\n  publishNotReadyAddresses: true`,
    pods: { container: neverReady },
  },
  {
    id: "load-balancer-pending",
    service: `${selectsWeb}\n  type: LoadBalancer\n  loadBalancerClass: example.com/none`,
  },
  {
    id: "load-balancer-port-error",
    service: `${selectsWeb}\n  type: LoadBalancer\n  loadBalancerIP: ${taken.address}\n  ports: [{port: ${taken.port}, targetPort: 8080}]`,
  },
  {
    id: "node-port-missing",
    service: `${selectsWeb}\n  type: LoadBalancer\n  allocateLoadBalancerNodePorts: false`,
  },
  {
    id: "source-ranges-without-load-balancer",
    service: `${selectsWeb}\n  type: LoadBalancer\n  loadBalancerSourceRanges: [127.0.0.0/8]`,
  },
  { id: "other-proxy", metadata: "labels: {service.kubernetes.io/service-proxy-name: somebody}" },
  {
    id: "invalid-proxy-protocol",
    metadata: 'annotations: {porthole.dev/proxy-protocol: "on"}',
  },
  {
    id: "address-taken",
    service: `${selectsWeb}\n  externalIPs: [192.0.2.80]`,
    beside: serviceOf(
      { id: "address-taken", service: `${selectsWeb}\n  externalIPs: [192.0.2.80]` },
      "elder",
    ),
  },
  { id: "headless-with-node-port-in-mind", service: `${selectsWeb}\n  type: ClusterIP\n  clusterIP: None` },
  {
    id: "host-port-conflict",
    service: `${selectsWeb}\n  ports: [{port: 80, targetPort: 8080, nodePort: 30079}]`,
    pods: {
      container: "{name: echo, image: porthole/echo, ports: [{containerPort: 8080, hostPort: 30079}]}",
    },
  },
];

describe("porthole doctor on a real cluster", { timeout: 110_000, ...needsRoot }, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  let doctor: Doctor;
  let other: ChildProcess;

  before(async () => {
    host = await makeHostNamespace();
    other = host.enter(() =>
      spawn(process.execPath, ["-e", listener], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    if (other.stdout) await once(other.stdout, "data");
    cluster = await startLocalCluster([], (start) => host.enter(start));
    doctor = openDoctor(host, cluster.kubeconfig);
    await doctor.kubectl("label", "node", "node-1", "node-2", `${zone}=here`);
    await doctor.apply(broken.map(manifestOf).join("---"));
  });
  after(async () => {
    other?.kill();
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
  });

  test("says nothing of a healthy Service, and exits with 0", async () => {
    assert.deepEqual(await doctor.ask("doctor", "default/demo-service"), { found: [], code: 0 });
  });

  for (const { id } of broken) {
    test(`names ${id} first`, async () => {
      await doctor.untilFirst(id, `${id}/web`);
    });
  }

  test("examines the whole cluster, and exits with 1 where there are errors", async () => {
    const { found, code } = await doctor.ask("doctor");
    assert.equal(code, 1);
    const ids = new Set((found as readonly Diagnosis[]).map(({ id }) => id));
    for (const { id } of broken) assert.ok(ids.has(id), `${id} is missing`);
  });

  test("trace and the nodes agree on which endpoints get a NodePort's traffic", async () => {
    const { found, code } = await doctor.ask("trace", "127.0.1.1:30080");
    assert.equal(code, 0);
    const { backends } = found as { readonly backends: readonly string[] };
    assert.equal(backends.length, 3);
    const { pod } = await host.ask("http://127.0.1.1:30080");
    const ip = await doctor.kubectl("get", "pod", pod, "-o", "jsonpath={.status.podIP}");
    assert.ok(backends.includes(`${ip}:8080`), `${ip} answered, the trace says ${backends.join(", ")}`);
  });
});
