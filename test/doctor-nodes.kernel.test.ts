import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Diagnosis } from "../src/inspect/index.ts";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type Doctor, openDoctor } from "./support/doctor.ts";
import { type Broken, manifestOf, selectsWeb } from "./support/doctor-cases.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import {
  endProcess,
  type HostProcesses,
  openHostProcesses,
  untilSucceeds,
} from "./support/host-processes.ts";

/** The cluster has both families, its nodes and their pods have one. */
const serviceRanges = "127.96.0.0/16,fd96::/112";
const services: readonly Broken[] = [
  { id: "no-address-of-family", service: `${selectsWeb}\n  ipFamilies: [IPv6]` },
  { id: "no-endpoint-of-family", service: `${selectsWeb}\n  ipFamilyPolicy: RequireDualStack` },
];

const node = "node-1";
/** How a node leaves, and how it stays after all. */
const leaving = [
  {
    how: "the cluster autoscaler is about to delete",
    leave: ["taint", "node", node, "ToBeDeletedByClusterAutoscaler=1:NoSchedule"],
    stay: ["taint", "node", node, "ToBeDeletedByClusterAutoscaler-"],
  },
  {
    how: "is kept out of load balancers",
    leave: ["label", "node", node, "node.kubernetes.io/exclude-from-external-load-balancers="],
    stay: ["label", "node", node, "node.kubernetes.io/exclude-from-external-load-balancers-"],
  },
  {
    how: "is being deleted",
    leave: ["delete", "node", node, "--wait=false"],
    stay: ["patch", "node", node, "--type=merge", "-p", '{"metadata": {"finalizers": []}}'],
  },
];

const about =
  (name: string) =>
  ({ object }: Diagnosis): boolean =>
    object === `Node ${name}`;

describe("the doctor of a cluster whose parts are started one by one", {
  timeout: 110_000,
  ...needsRoot,
}, () => {
  let host: HostNamespace;
  let doctor: Doctor;
  let dir: string;
  let processes: HostProcesses;

  const kubeconfigOf = (component: string) => [
    "--kubeconfig",
    join(dir, "kubeconfigs", `${component}.kubeconfig`),
  ];
  const startNode = async (number: number, ...more: readonly string[]): Promise<ChildProcess> => {
    const name = `node-${number}`;
    const place = ["--address", `127.0.1.${number}`, "--pod-cidr", `127.0.2.${64 * (number - 1)}/26`];
    const files = ["--data-dir", join(dir, name), ...kubeconfigOf(`node-${name}`)];
    const child = processes.start("node", "--name", name, ...place, ...files, ...more);
    await untilSucceeds(() =>
      doctor.kubectl("wait", "--for=condition=Ready", `node/${name}`, "--timeout=20s"),
    );
    return child;
  };
  before(async () => {
    host = await makeHostNamespace();
    processes = openHostProcesses(host);
    dir = await mkdtemp(join(tmpdir(), "porthole-doctor-nodes-"));
    const kubeconfig = join(dir, "kubeconfig");
    doctor = openDoctor(host, kubeconfig);
    const files = ["--data-dir", join(dir, "apiserver"), "--kubeconfig-out", kubeconfig];
    const components = [
      "--component-kubeconfigs",
      join(dir, "kubeconfigs"),
      "--node-names",
      "node-1,node-2,node-3",
    ];
    processes.start("apiserver", ...files, ...components, "--service-cluster-ip-range", serviceRanges);
    await untilSucceeds(() => doctor.kubectl("get", "--raw", "/readyz"));
  });
  after(async () => {
    await processes?.end();
    await host?.close();
    await rm(dir, { recursive: true, force: true });
  });

  test("names no-nodes first while none has joined", async () => {
    await doctor.untilFirst("no-nodes");
  });

  describe("that has one node", () => {
    before(async () => {
      processes.start("controllers", ...kubeconfigOf("controllers"));
      await doctor.apply(services.map(manifestOf).join("---"));
      await startNode(1, "--proxy", "userspace");
    });

    for (const { id } of services) {
      test(`names ${id} first`, async () => {
        await doctor.untilFirst(id, `${id}/web`);
      });
    }

    for (const { how, leave, stay } of leaving) {
      test(`names node-leaving of a node that ${how}, and no error`, async () => {
        await doctor.kubectl(
          "patch",
          "node",
          node,
          "--type=merge",
          "-p",
          '{"metadata": {"finalizers": ["example.com/machine"]}}',
        );
        await doctor.kubectl(...leave);
        const found = await doctor.untilFirst("node-leaving", undefined, about(node));
        await doctor.kubectl(...stay);
        assert.deepEqual(
          found.filter(about(node)).map(({ id }) => id),
          ["node-leaving"],
        );
      });
    }
  });

  test("names proxy-not-running first where a node's agent runs without a proxy", async () => {
    await startNode(2);
    await doctor.untilFirst("proxy-not-running", undefined, about("node-2"));
  });

  test("names node-without-address first where whoever fills them in has taken them away", async () => {
    const nothing = JSON.stringify({ status: { addresses: [] } });
    await doctor.kubectl("patch", "node", "node-2", "--subresource=status", "--type=merge", "-p", nothing);
    await doctor.untilFirst("node-without-address", undefined, about("node-2"));
  });

  test("names node-not-ready first when nothing has been heard of a node's agent for 40 seconds", async () => {
    await endProcess(await startNode(3, "--proxy", "userspace"), "SIGKILL");
    await doctor.kubectl("wait", "--for=condition=Ready=Unknown", "node/node-3", "--timeout=80s");
    await doctor.untilFirst("node-not-ready", undefined, about("node-3"));
  });
});
