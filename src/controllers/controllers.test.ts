import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { echoDeployment, rollOut, startTestCluster } from "../../test/support/controllers-cluster.ts";
import type { Service } from "../api/service.ts";
import {
  deployments,
  endpointSlices,
  endpoints,
  events,
  namespaces,
  nodes,
  pods,
  type Resource,
  replicaSets,
  services,
} from "../client/index.ts";
import { serviceAccounts } from "./namespace/service-account-controller.ts";

const run = promisify(execFile);

const configMaps: Resource = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};

function demoService(name: string): Partial<Service> {
  return {
    metadata: { name, namespace: "default" } as Service["metadata"],
    spec: {
      type: "NodePort",
      selector: { app: name },
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
    } as unknown as Service["spec"],
  };
}

describe("controllers over a real API server", { timeout: 60_000 }, () => {
  test("a Deployment becomes pods on all nodes, and endpoints of its Service", async () => {
    await using cluster = await startTestCluster();
    const { client } = cluster;
    await client.create(services, demoService("demo"));
    await client.create(deployments, echoDeployment("demo", 3));
    const running = await cluster.until(
      pods,
      (all) => all.length === 3 && all.every(({ spec }) => spec.nodeName),
    );
    assert.deepEqual(running.map(({ spec }) => spec.nodeName).sort(), ["node-1", "node-2", "node-3"]);
    const [slice] = await cluster.until(endpointSlices, ([first]) =>
      Boolean(first?.endpoints?.length === 3 && first.endpoints.every(({ conditions }) => conditions?.ready)),
    );
    assert.deepEqual(slice?.ports, [{ name: "", protocol: "TCP", port: 8080 }]);
    await cluster.until(endpoints, (all) => all.some(({ subsets }) => subsets?.[0]?.addresses?.length === 3));
    const [deployment] = await cluster.until(deployments, ([first]) => first?.status.availableReplicas === 3);
    assert.equal(deployment?.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
    const conditions = deployment?.status.conditions?.map(
      ({ type, status, reason }) => `${type} ${status} ${reason}`,
    );
    assert.deepEqual(conditions?.sort(), [
      "Available True MinimumReplicasAvailable",
      "Progressing True NewReplicaSetAvailable",
    ]);
  });

  test("nothing is written once all is as it should be", async () => {
    await using cluster = await startTestCluster({ nodes: ["node-1"] });
    const { client } = cluster;
    await client.create(services, demoService("demo"));
    await client.create(deployments, echoDeployment("demo", 2));
    await cluster.until(deployments, ([first]) => first?.status.availableReplicas === 2);
    await cluster.until(endpoints, (all) => all.some(({ subsets }) => subsets?.[0]?.addresses?.length === 2));
    const versions = async () =>
      Promise.all(
        [deployments, replicaSets, pods, endpointSlices, endpoints, services].map(async (resource) =>
          (await client.list(resource as Resource)).items.map(
            ({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`,
          ),
        ),
      );
    await cluster.until(events, (all) => all.filter(({ reason }) => reason === "Scheduled").length === 2);
    const before = await versions();
    // A change that touches every controller and means nothing.
    await client.patch(nodes, { name: "node-1" }, "merge", { metadata: { annotations: { touched: "1" } } });
    await client.patch(services, { name: "demo", namespace: "default" }, "merge", {
      metadata: { annotations: { touched: "1" } },
    });
    await cluster.until(services, (all) => all.some(({ metadata }) => metadata.annotations?.touched === "1"));
    const after = await versions();
    assert.deepEqual(after.slice(0, 5), before.slice(0, 5));
  });

  test("a rolling update keeps as many pods available as it says, and can be undone", async () => {
    await using cluster = await startTestCluster();
    const { client } = cluster;
    let fewest = Number.POSITIVE_INFINITY;
    await client.create(deployments, echoDeployment("demo", 4));
    await cluster.until(deployments, ([first]) => first?.status.availableReplicas === 4);
    const watching = cluster.until(pods, (all) => {
      const ready = all.filter(
        ({ metadata, status }) =>
          !metadata.deletionTimestamp &&
          status.conditions?.some(({ type, status: s }) => type === "Ready" && s === "True"),
      );
      fewest = Math.min(fewest, ready.length);
      return ready.length === 4 && ready.every(({ spec }) => spec.containers[0]?.image === "porthole/echo:2");
    });
    await rollOut(client, "demo", "porthole/echo:2");
    await watching;
    assert.ok(fewest >= 3, `25% of 4 may be unavailable, only ${fewest} were available`);
    const sets = await cluster.until(
      replicaSets,
      (all) => all.length === 2 && all.filter(({ status }) => status.replicas > 0).length === 1,
    );
    const old = sets.find(({ spec }) => spec.replicas === 0);
    assert.equal(old?.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
    await rollOut(client, "demo", "porthole/echo:1");
    const after = await cluster.until(replicaSets, (all) =>
      all.some(
        ({ metadata, status }) => metadata.uid === old?.metadata.uid && status.availableReplicas === 4,
      ),
    );
    const restored = after.find(({ metadata }) => metadata.uid === old?.metadata.uid);
    assert.equal(restored?.metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
    assert.equal(restored?.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
  });

  test("scaling down and up again leaves exactly as many pods as asked for", async () => {
    await using cluster = await startTestCluster();
    const { client } = cluster;
    await client.create(deployments, echoDeployment("demo", 6));
    await cluster.until(deployments, ([first]) => first?.status.availableReplicas === 6);
    for (const replicas of [1, 5]) {
      await client.patch(deployments, { name: "demo", namespace: "default" }, "merge", {
        spec: { replicas },
      });
      await cluster.until(
        deployments,
        ([first]) => first?.status.availableReplicas === replicas && first.status.replicas === replicas,
      );
      await cluster.until(pods, (all) => all.length === replicas);
    }
  });

  test("Recreate starts new pods only after the old ones are gone", async () => {
    await using cluster = await startTestCluster({ nodes: ["node-1"] });
    const { client } = cluster;
    const base = echoDeployment("demo", 2);
    const spec = base.spec && { ...base.spec, strategy: { type: "Recreate" as const } };
    await client.create(deployments, { ...base, ...(spec ? { spec } : {}) });
    await cluster.until(deployments, ([first]) => first?.status.availableReplicas === 2);
    let mixed = false;
    const watching = cluster.until(pods, (all) => {
      const images = new Set(all.map(({ spec }) => spec.containers[0]?.image));
      mixed ||= images.size > 1;
      return all.length === 2 && images.has("porthole/echo:2");
    });
    await rollOut(client, "demo", "porthole/echo:2");
    await watching;
    assert.equal(mixed, false);
  });

  test("deleting a Deployment deletes what it owns, in the background and in the foreground", async () => {
    await using cluster = await startTestCluster({ nodes: ["node-1"] });
    const { client } = cluster;
    for (const propagationPolicy of ["Background", "Foreground"] as const) {
      await client.create(deployments, echoDeployment("demo", 2));
      await cluster.until(pods, (all) => all.length === 2 && all.every(({ status }) => status.podIP));
      await client.delete(deployments, { name: "demo", namespace: "default" }, { propagationPolicy });
      await cluster.until(pods, (all) => all.length === 0);
      await cluster.until(replicaSets, (all) => all.length === 0);
      await cluster.until(deployments, (all) => all.length === 0);
    }
  });

  test("orphans stay, and are adopted by a Deployment that selects them", async () => {
    await using cluster = await startTestCluster({ nodes: ["node-1"] });
    const { client } = cluster;
    await client.create(deployments, echoDeployment("demo", 1));
    const [pod] = await cluster.until(
      pods,
      (all) => all.length === 1 && all.every(({ status }) => status.podIP),
    );
    await client.delete(deployments, { name: "demo", namespace: "default" }, { propagationPolicy: "Orphan" });
    const [orphan] = await cluster.until(
      replicaSets,
      ([first]) =>
        first?.metadata.ownerReferences === undefined || first.metadata.ownerReferences.length === 0,
    );
    await cluster.until(deployments, (all) => all.length === 0);
    await client.create(deployments, echoDeployment("demo", 1));
    const [adopted] = await cluster.until(
      replicaSets,
      ([first]) => first?.metadata.ownerReferences?.[0]?.kind === "Deployment",
    );
    assert.equal(adopted?.metadata.uid, orphan?.metadata.uid);
    assert.deepEqual(
      (await client.list(pods)).items.map(({ metadata }) => metadata.uid),
      [pod?.metadata.uid],
    );
  });

  test("a namespace that is deleted is emptied first, and a new one has a ServiceAccount", async () => {
    await using cluster = await startTestCluster({ nodes: ["node-1"] });
    const { client } = cluster;
    await client.create(namespaces, { metadata: { name: "short-lived" } });
    await cluster.until(
      serviceAccounts,
      (all) => all.some(({ metadata }) => metadata.name === "default"),
      "short-lived",
    );
    await client.create(configMaps, { metadata: { name: "settings", namespace: "short-lived" } });
    await client.create(deployments, {
      ...echoDeployment("demo", 2),
      metadata: { name: "demo", namespace: "short-lived" },
    });
    await cluster.until(
      pods,
      (all) => all.length === 2 && all.every(({ status }) => status.podIP),
      "short-lived",
    );
    await client.delete(namespaces, { name: "short-lived" });
    await cluster.until(namespaces, (all) => !all.some(({ metadata }) => metadata.name === "short-lived"));
    for (const resource of [pods, deployments, configMaps]) {
      assert.deepEqual((await client.list(resource as Resource, { namespace: "short-lived" })).items, []);
    }
  });

  test("a node that falls silent is tainted, its pods stop being ready and are replaced elsewhere", async () => {
    await using cluster = await startTestCluster({ nodes: ["node-1"], nodeGracePeriodMs: 1500 });
    const { client } = cluster;
    await client.create(services, demoService("demo"));
    const base = echoDeployment("demo", 1);
    const tolerations = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map(
      (key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 0 }) as const,
    );
    const spec = base.spec && {
      ...base.spec,
      template: { ...base.spec.template, spec: { ...base.spec.template.spec, tolerations } },
    };
    await client.create(deployments, { ...base, ...(spec ? { spec } : {}) });
    await cluster.until(pods, ([first]) => first?.status.podIP !== undefined);
    await cluster.addNode("node-2");
    cluster.silence("node-1");
    const [lost] = await cluster.until(nodes, ([first]) => (first?.spec.taints ?? []).length === 2, "");
    assert.deepEqual(
      lost?.spec.taints?.map(({ key, effect }) => `${key} ${effect}`),
      ["node.kubernetes.io/unreachable NoSchedule", "node.kubernetes.io/unreachable NoExecute"],
    );
    await cluster.until(pods, (all) =>
      all.some(({ spec: { nodeName }, status }) => nodeName === "node-2" && status.podIP),
    );
    await cluster.until(endpointSlices, ([first]) =>
      Boolean(
        first?.endpoints?.some(({ nodeName, conditions }) => nodeName === "node-2" && conditions?.ready),
      ),
    );
    const back = { type: "Ready", status: "True", lastHeartbeatTime: new Date().toISOString() };
    await client.patch(
      nodes,
      { name: "node-1" },
      "strategic",
      { status: { conditions: [back] } },
      { subresource: "status" },
    );
    await cluster.until(nodes, ([first]) => (first?.spec.taints ?? []).length === 0);
  });

  test("a pod that fits nowhere says why, and is bound when a node comes that it fits", async () => {
    await using cluster = await startTestCluster({ nodes: ["node-1"] });
    const { client } = cluster;
    const metadata = { name: "picky", namespace: "default" };
    await client.create(pods, {
      metadata,
      spec: { nodeSelector: { disk: "ssd" }, containers: [{ name: "c", image: "porthole/echo" }] },
    });
    const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    const [waiting] = await cluster.until(
      pods,
      ([first]) => first?.status.conditions?.some(({ reason }) => reason === "Unschedulable") ?? false,
    );
    assert.equal(waiting?.status.conditions?.find(({ type }) => type === "PodScheduled")?.message, message);
    await cluster.until(events, (all) =>
      all.some((event) => event.reason === "FailedScheduling" && event.message === message),
    );
    await cluster.addNode("node-2", { disk: "ssd" });
    await cluster.until(pods, ([first]) => first?.spec.nodeName === "node-2");
  });

  test("kubectl rollout status, restart and undo work", async (context) => {
    await using cluster = await startTestCluster({ nodes: ["node-1"] });
    const kubectl = async (...args: string[]) => {
      const env = { ...process.env, HOME: "/nonexistent", KUBECONFIG: cluster.kubeconfig };
      return (await run("kubectl", args, { env })).stdout.trim();
    };
    try {
      await kubectl("version", "--client");
    } catch (error) {
      assert.ok(!process.env.CI, "kubectl is not on the PATH: install it where CI=true");
      return context.skip(`kubectl cannot be run: ${(error as Error).message}`);
    }
    await cluster.client.create(deployments, echoDeployment("demo", 2));
    const done = /deployment "demo" successfully rolled out$/;
    assert.match(await kubectl("rollout", "status", "deployment/demo", "--timeout=20s"), done);
    await kubectl("rollout", "restart", "deployment/demo");
    assert.match(await kubectl("rollout", "status", "deployment/demo", "--timeout=20s"), done);
    assert.match(await kubectl("rollout", "history", "deployment/demo"), /\n1 .*\n2 /);
    assert.equal(await kubectl("rollout", "undo", "deployment/demo"), "deployment.apps/demo rolled back");
    assert.match(await kubectl("rollout", "status", "deployment/demo", "--timeout=20s"), done);
    assert.match(await kubectl("rollout", "history", "deployment/demo"), /\n2 .*\n3 /);
  });
});
