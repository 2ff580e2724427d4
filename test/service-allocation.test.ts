import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Service, ServiceSpec } from "../src/api/service.ts";
import { startApiServer } from "../src/apiserver/index.ts";
import { type ApiClient, createApiClient, events, loadKubeconfig, services } from "../src/client/index.ts";
import { silentLogger } from "../src/lib/log.ts";

const namespace = "default";

test("a write that fails, is refused or is dry leaves every number as it was", async () => {
  await withServer("30000-32767", undefined, async (client) => {
    const web = await createService(client, "web", { nodePort: 30080 });
    const wanted = { nodePort: 30100 };
    const shown = await createService(client, "dry", wanted, { dryRun: true });
    assert.equal(nodePortOf(shown), 30100);
    await assert.rejects(
      createService(client, "invalid", wanted, {}, { sessionAffinity: "Nobody" as never }),
    );
    await assert.rejects(createService(client, "web", wanted), /already exists/);
    const moved = { ...web, spec: { ...web.spec, ports: [{ ...portOf(web), nodePort: 30100 }] } };
    const stale = { ...moved, metadata: { ...moved.metadata, resourceVersion: "1" } };
    await assert.rejects(client.update(services, stale), /has been modified/);
    assert.equal(nodePortOf(await client.update(services, moved, { dryRun: true })), 30100);
    await assert.rejects(createService(client, "thief", { nodePort: 30080 }), /already allocated/);
    assert.equal(nodePortOf(await createService(client, "other", wanted)), 30100);
    assert.equal(nodePortOf(await client.get(services, { namespace, name: "web" })), 30080);
  });
});

test("a Service whose node port a new range leaves out keeps it, can be changed, and is told of by an Event", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "porthole-allocation-"));
  try {
    await withServer("30000-30099", dataDir, (client) => createService(client, "web", { nodePort: 30080 }));
    await withServer("31000-31099", dataDir, async (client) => {
      const body = { metadata: { labels: { changed: "yes" } }, spec: { selector: { app: "other" } } };
      const changed = await client.patch(services, { namespace, name: "web" }, "merge", body);
      assert.equal(nodePortOf(changed), 30080);
      const told = await client.list(events, { namespace });
      const event = told.items.find(({ reason }) => reason === "PortOutOfRange");
      assert.match(event?.message ?? "", /Port 30080 is not within the port range 31000-31099/);
      await assert.rejects(createService(client, "late", { nodePort: 30081 }), /not in the valid range/);
      await client.delete(services, { namespace, name: "web" });
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test("becoming ClusterIP drops node ports that the user left alone, and refuses one that he asks for", async () => {
  await withServer("30000-32767", undefined, async (client) => {
    const web = await createService(client, "web", { nodePort: 30080 });
    const asked = { ...web.spec, type: "ClusterIP", ports: [{ ...portOf(web), nodePort: 30081 }] } as const;
    await assert.rejects(client.update(services, { ...web, spec: asked }), /may not be used when `type`/);
    const plain = await client.update(services, { ...web, spec: { ...web.spec, type: "ClusterIP" } });
    assert.equal(nodePortOf(plain), undefined);
    assert.equal(nodePortOf(await createService(client, "other", { nodePort: 30080 })), 30080);
  });
});

async function withServer(
  serviceNodePortRange: string,
  dataDir: string | undefined,
  run: (client: ApiClient) => Promise<unknown>,
): Promise<void> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), "porthole-allocation-")));
  const kubeconfigOut = join(directory, "kubeconfig");
  const options = { listen: "127.0.0.1:0", dataDir: directory, kubeconfigOut, log: silentLogger };
  const server = await startApiServer({ ...options, serviceNodePortRange });
  const config = await loadKubeconfig({ path: kubeconfigOut });
  const client = createApiClient(config, { userAgent: "porthole-test", log: silentLogger });
  try {
    await run(client);
  } finally {
    await client.close();
    await server.close();
    if (dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

function createService(
  client: ApiClient,
  name: string,
  port: { readonly nodePort: number },
  options: { readonly dryRun?: boolean } = {},
  spec: Partial<ServiceSpec> = {},
): Promise<Service> {
  const ports = [{ port: 80, targetPort: 8080, protocol: "TCP", ...port }] as const;
  return client.create(
    services,
    { metadata: { name, namespace }, spec: { type: "NodePort", ports, ...spec } },
    options,
  );
}

function portOf({ spec }: Service) {
  const [port] = spec.ports ?? [];
  assert.ok(port);
  return port;
}

function nodePortOf(service: Service | undefined): number | undefined {
  return service?.spec.ports?.[0]?.nodePort;
}
