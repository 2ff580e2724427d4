import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { CoreV1Api, DiscoveryV1Api, KubeConfig, Watch } from "@kubernetes/client-node";
import { type RunningApiServer, startApiServer } from "../src/apiserver/index.ts";
import { silentLogger } from "../src/lib/log.ts";

const run = promisify(execFile);

describe("a real Kubernetes client", { timeout: 60_000 }, () => {
  let dir = "";
  let kubeconfig = "";
  let server: RunningApiServer;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "porthole-client-"));
    kubeconfig = join(dir, "kubeconfig");
    server = await startApiServer({
      listen: "127.0.0.1:0",
      dataDir: dir,
      kubeconfigOut: kubeconfig,
      log: silentLogger,
    });
  });
  after(async () => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });

  test("@kubernetes/client-node creates, lists and watches Services", async () => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const seen: string[] = [];
    const deleted = Promise.withResolvers<void>();
    const onEvent = (type: string, object: { metadata: { name: string } }) => {
      if (object.metadata.name === "web") seen.push(type);
      if (type === "DELETED") deleted.resolve();
    };
    const watch = await new Watch(config).watch("/api/v1/namespaces/default/services", {}, onEvent, () => {});
    const body = { metadata: { name: "web" }, spec: { type: "NodePort", ports: [{ port: 80 }] } };
    const created = await core.createNamespacedService({ namespace: "default", body });
    const nodePort = created.spec?.ports?.[0]?.nodePort ?? 0;
    assert.ok(nodePort >= 30000 && nodePort <= 32767, `node port ${nodePort}`);
    assert.ok(created.metadata?.creationTimestamp instanceof Date);
    const { items } = await core.listNamespacedService({ namespace: "default" });
    assert.ok(items.some(({ metadata }) => metadata?.name === "web"));
    await config.makeApiClient(DiscoveryV1Api).listEndpointSliceForAllNamespaces();
    await core.deleteNamespacedService({ name: "web", namespace: "default" });
    await deleted.promise;
    watch.abort();
    assert.deepEqual(seen, ["ADDED", "DELETED"]);
  });

  test("kubectl creates, gets, patches and deletes", async (context) => {
    if (!(await isOnPath("kubectl"))) {
      assert.ok(!process.env.CI, "kubectl is not on the PATH: install it where CI=true");
      return context.skip("kubectl is not on the PATH");
    }
    const kubectl = async (...args: string[]) => {
      const env = { ...process.env, HOME: dir, KUBECONFIG: kubeconfig };
      return (await run("kubectl", args, { env })).stdout.trim();
    };
    assert.equal(
      await kubectl("create", "service", "nodeport", "shop", "--tcp=80:8080"),
      "service/shop created",
    );
    assert.match(await kubectl("get", "service", "shop"), /^NAME +TYPE +CLUSTER-IP .*\nshop +NodePort /);
    assert.equal(
      await kubectl("patch", "service", "shop", "-p", '{"spec":{"ports":[{"port":80,"nodePort":30083}]}}'),
      "service/shop patched",
    );
    assert.equal(await kubectl("get", "svc", "shop", "-o", "jsonpath={.spec.ports[0].nodePort}"), "30083");
    assert.equal(await kubectl("delete", "service", "shop"), 'service "shop" deleted');
  });
});

async function isOnPath(program: string): Promise<boolean> {
  const found = await Promise.all(
    (process.env.PATH ?? "").split(delimiter).map((dir) =>
      access(join(dir, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
