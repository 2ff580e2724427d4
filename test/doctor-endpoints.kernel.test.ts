import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type Doctor, openDoctor } from "./support/doctor.ts";
import { type Broken, echo, manifestOf, selectsWeb } from "./support/doctor-cases.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

/** Serves on for a long time when it is told to end. */
const lingering = echo.replace("}]}", "}], lifecycle: {preStop: {sleep: {seconds: 500}}}}");

/** Each is well until something is done to it. */
const services: readonly Broken[] = [
  { id: "only-terminating", pods: { container: lingering, more: "terminationGracePeriodSeconds: 600" } },
  {
    id: "node-port-silent",
    service: `${selectsWeb}\n  ports: [{port: 80, targetPort: 8080, nodePort: 30077}]`,
  },
  { id: "endpoints-missing" },
  { id: "endpoints-stale", pods: { replicas: 2 } },
];

/** A pod that no controller made, on a node that no scheduler chose. */
const lonePod = `
apiVersion: v1
kind: Pod
metadata: {name: lone, namespace: endpoints-missing, labels: {app: web}}
spec: {nodeName: node-2, containers: [${echo}]}
`;

/** Between clients and every node, all of which are addresses of this host. */
const wall =
  "add table inet wall; add chain inet wall in { type filter hook input priority 0; }; add rule inet wall in tcp dport 30077 drop";

describe("the doctor of Services that something happens to", { timeout: 110_000, ...needsRoot }, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  let doctor: Doctor;
  before(async () => {
    host = await makeHostNamespace();
    cluster = await startLocalCluster([], (start) => host.enter(start));
    doctor = openDoctor(host, cluster.kubeconfig);
    await doctor.apply(services.map(manifestOf).join("---"));
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
  });

  test("says nothing of them before", async () => {
    for (const { id } of services) await doctor.untilSilent(`${id}/web`);
  });

  test("names only-terminating first while the last pods of a Deployment that is gone still serve", async () => {
    await doctor.kubectl("-n", "only-terminating", "delete", "deployment", "web");
    await doctor.untilFirst("only-terminating", "only-terminating/web");
  });

  test("names node-port-silent first where a firewall drops the port on all nodes", async () => {
    await host.run("nft", wall);
    const [found] = await doctor.untilFirst("node-port-silent", "node-port-silent/web");
    assert.match(found?.evidence ?? "", /^node-1 \(127\.0\.1\.1:30077\) does not answer, node-2 /);
  });

  test("names endpoints-missing and endpoints-stale first while the controllers hang", async () => {
    const controllers = cluster.components().get("controllers");
    assert.ok(controllers);
    process.kill(controllers, "SIGSTOP");
    try {
      await doctor.apply(lonePod);
      const [gone = ""] = (
        await doctor.kubectl(
          "-n",
          "endpoints-stale",
          "get",
          "pods",
          "-o",
          "jsonpath={.items[*].metadata.name}",
        )
      ).split(" ");
      await doctor.kubectl("-n", "endpoints-stale", "delete", "pod", gone);
      const [missing] = await doctor.untilFirst("endpoints-missing", "endpoints-missing/web");
      assert.match(missing?.evidence ?? "", /^endpoints-missing\/lone is ready and in none of its 1 /);
      await doctor.untilFirst("endpoints-stale", "endpoints-stale/web");
    } finally {
      process.kill(controllers, "SIGCONT");
    }
    for (const id of ["endpoints-missing", "endpoints-stale"]) await doctor.untilSilent(`${id}/web`);
  });
});
