import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { openSqliteStore } from "../src/store/index.ts";
import { type Doctor, openDoctor } from "./support/doctor.ts";
import { type Broken, manifestOf, selectsWeb, serviceOf } from "./support/doctor-cases.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { endProcess, openHostProcesses, untilSucceeds } from "./support/host-processes.ts";
import { type LocalCluster, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

interface Stored extends Broken {
  /** What the API took, and what the Service `web` has instead in the store; the same where the fault is the API server's. */
  readonly text: string;
  readonly stored?: string;
}

/** What no API server of today takes, but what it may find: Services of others before it, and of other flags. */
const services: readonly Stored[] = [
  {
    id: "node-port-out-of-range",
    service: `${selectsWeb}\n  ports: [{port: 80, targetPort: 8080, nodePort: 20080}]`,
    text: '"nodePort":20080',
  },
  {
    // Two clusters that were made one, or a restore of an old backup into a cluster that went on.
    id: "node-port-duplicate",
    service: `${selectsWeb}\n  ports: [{port: 80, targetPort: 8080, nodePort: 30071}]`,
    beside: serviceOf(
      {
        id: "node-port-duplicate",
        service: `${selectsWeb}\n  ports: [{port: 80, targetPort: 8080, nodePort: 30070}]`,
      },
      "elder",
    ),
    text: '"nodePort":30071',
    stored: '"nodePort":30070',
  },
  {
    // Kubernetes took leading zeros before 1.36.
    id: "invalid-address",
    service: `${selectsWeb}\n  externalIPs: [192.0.2.80]\n  ports: [{port: 80, targetPort: 8080, nodePort: 30072}]`,
    text: "192.0.2.80",
    stored: "192.0.2.080",
  },
  {
    id: "invalid-source-range",
    service: `${selectsWeb}\n  type: LoadBalancer\n  loadBalancerSourceRanges: [127.0.0.0/8]\n  ports: [{port: 80, targetPort: 8080, nodePort: 30073}]`,
    text: "127.0.0.0/8",
    stored: "127.0.000.0/8",
  },
];

describe("the doctor of Services that were stored under other rules", {
  timeout: 110_000,
  ...needsRoot,
}, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  let doctor: Doctor;
  let dir: string;

  /** Another API server, whose ports begin at 20000, takes the Services. */
  const storeServices = async (dataDir: string) => {
    const processes = openHostProcesses(host);
    try {
      const kubeconfig = join(dir, "kubeconfig");
      const files = ["--data-dir", dataDir, "--kubeconfig-out", kubeconfig];
      const ranges = [
        "--service-cluster-ip-range",
        "127.96.0.0/16",
        "--service-node-port-range",
        "20000-32767",
      ];
      const server = processes.start("apiserver", ...files, ...ranges);
      const first = openDoctor(host, kubeconfig);
      await untilSucceeds(() => first.kubectl("get", "--raw", "/readyz"));
      await first.apply(services.map(manifestOf).join("---"));
      await endProcess(server, "SIGTERM");
    } finally {
      await processes.end();
    }
    const store = await openSqliteStore(join(dataDir, "state.db"));
    try {
      for (const { id, text, stored = text } of services) {
        const key = `core/services/${id}/web`;
        const value = (await store.get(key))?.value ?? "";
        assert.ok(value.includes(text), `${key} is ${value}`);
        await store.commit([{ key, value: value.replaceAll(text, stored) }]);
      }
    } finally {
      await store.close();
    }
  };

  before(async () => {
    host = await makeHostNamespace();
    dir = await mkdtemp(join(tmpdir(), "porthole-doctor-stored-"));
    const dataDir = join(dir, "cluster");
    await storeServices(join(dataDir, "apiserver"));
    cluster = await startLocalCluster(["--data-dir", dataDir], (start) => host.enter(start));
    doctor = openDoctor(host, cluster.kubeconfig);
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
    await rm(dir, { recursive: true, force: true });
  });

  for (const { id } of services) {
    test(`names ${id} first`, async () => {
      await doctor.untilFirst(id, `${id}/web`);
    });
  }
});
