import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, test } from "node:test";
import { events, nodes, services } from "../client/index.ts";
import { createFakeDataplane, type FakeDataplane } from "../dataplane/fake/fake-dataplane.ts";
import type { ForwardingTable } from "../forwarding/index.ts";
import { silentLogger } from "../lib/log.ts";
import type { AddressSource } from "./local-addresses.ts";
import type { ProxyOptions } from "./proxy-options.ts";
import { runProxy } from "./run-proxy.ts";
import {
  createNode,
  createService,
  createSlice,
  startTestCluster,
  type TestCluster,
  updateSlice,
} from "./testing/test-cluster.ts";

const nodeName = "node-1";
const nodeAddress = "192.0.2.11";
const nodePortKey = "NodePort/IPv4/TCP/*:30080";
const web = { name: "web", clusterIP: "10.96.0.80", nodePort: 30080 };

describe("runProxy", () => {
  let cluster: TestCluster;
  let dataplane: FakeDataplane;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    cluster = await startTestCluster();
    stop = new AbortController();
  });

  afterEach(async () => {
    stop.abort();
    await running;
    await cluster.close();
  });

  function start(options: Partial<ProxyOptions> = {}): void {
    dataplane = createFakeDataplane();
    running = runProxy({
      client: cluster.client,
      nodeName,
      dataplane,
      healthzBindAddress: "",
      log: silentLogger,
      signal: stop.signal,
      ...options,
    });
  }

  test("the first table holds all that is in the API", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    await createSlice(cluster.client, { service: "web", port: 8080, endpoints: [endpoint("10.180.0.1")] });
    start();
    const table = await dataplane.whenApplied(() => true);
    assert.deepEqual(table.nodePortAddresses, [nodeAddress]);
    assert.deepEqual(backendsOf(table), ["10.180.0.1:8080"]);
    assert.equal(dataplane.applied.length, 1);
  });

  test("a proxy that is there before its Node waits for it", async () => {
    await createService(cluster.client, web);
    start();
    await createNode(cluster.client, nodeName, [nodeAddress]);
    const table = await dataplane.whenApplied(({ nodePortAddresses }) => nodePortAddresses.length > 0);
    assert.ok(table.frontends.has(nodePortKey));
    assert.ok(dataplane.applied.every(({ frontends }) => frontends.has(nodePortKey)));
  });

  test("changes of endpoints, Services and the node's addresses are followed", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    await createSlice(cluster.client, { service: "web", port: 8080, endpoints: [endpoint("10.180.0.1")] });
    start();
    await dataplane.whenApplied((table) => backendsOf(table)[0] === "10.180.0.1:8080");
    await updateSlice(cluster.client, { service: "web", port: 8080, endpoints: [endpoint("10.180.0.2")] });
    await dataplane.whenApplied((table) => backendsOf(table)[0] === "10.180.0.2:8080");
    const body = { status: { addresses: [{ type: "InternalIP", address: "192.0.2.99" }] } };
    await cluster.client.patch(nodes, { name: nodeName }, "merge", body, { subresource: "status" });
    await dataplane.whenApplied(({ nodePortAddresses }) => nodePortAddresses[0] === "192.0.2.99");
    await cluster.client.delete(services, { namespace: "default", name: "web" });
    await dataplane.whenApplied(({ frontends }) => !frontends.has(nodePortKey));
  });

  test("a Node that is deleted does not close the ports", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    start();
    await dataplane.whenApplied(() => true);
    await cluster.client.delete(nodes, { name: nodeName });
    await createService(cluster.client, { name: "other", clusterIP: "10.96.0.81", nodePort: 30081 });
    const table = await dataplane.whenApplied(({ frontends }) => frontends.has("NodePort/IPv4/TCP/*:30081"));
    assert.deepEqual(table.nodePortAddresses, [nodeAddress]);
  });

  test("a Node that is made again without addresses keeps those that it had, until it states others", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    start();
    await dataplane.whenApplied(() => true);
    await cluster.client.delete(nodes, { name: nodeName });
    await createNode(cluster.client, nodeName, []);
    await createService(cluster.client, { name: "other", clusterIP: "10.96.0.81", nodePort: 30081 });
    await dataplane.whenApplied(({ frontends }) => frontends.has("NodePort/IPv4/TCP/*:30081"));
    await cluster.client.delete(nodes, { name: nodeName });
    await createNode(cluster.client, nodeName, ["192.0.2.99"]);
    await dataplane.whenApplied(({ nodePortAddresses }) => nodePortAddresses[0] === "192.0.2.99");
    assert.ok(dataplane.applied.every(({ nodePortAddresses }) => nodePortAddresses.length === 1));
  });

  test("the last state stays while the API server is away, and changes are followed when it is back", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    await createSlice(cluster.client, { service: "web", port: 8080, endpoints: [endpoint("10.180.0.1")] });
    start();
    await dataplane.whenApplied((table) => backendsOf(table).length > 0);
    await cluster.stopApi();
    assert.equal(route()?.key, "10.180.0.1:8080");
    await cluster.startApi();
    assert.equal(route()?.key, "10.180.0.1:8080");
    await updateSlice(cluster.client, { service: "web", port: 8080, endpoints: [endpoint("10.180.0.2")] });
    await dataplane.whenApplied((table) => backendsOf(table)[0] === "10.180.0.2:8080");
    assert.ok(dataplane.applied.every((table) => backendsOf(table).length === 1));
  });

  test("a proxy that is there before the API server waits for it", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    await cluster.stopApi();
    start();
    await cluster.startApi();
    assert.ok((await dataplane.whenApplied(() => true)).frontends.has(nodePortKey));
  });

  test("an address that the machine gets is one for NodePorts, if a range says so", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    let current: readonly string[] = [nodeAddress];
    let changed = () => {};
    const localAddresses: AddressSource = {
      current: () => current,
      onChange(run) {
        changed = run;
      },
      async close() {},
    };
    start({ localAddresses, nodePortAddresses: "192.0.2.0/24" });
    await dataplane.whenApplied(() => true);
    current = [nodeAddress, "192.0.2.100"];
    changed();
    const table = await dataplane.whenApplied(({ nodePortAddresses }) => nodePortAddresses.length > 1);
    assert.deepEqual(table.nodePortAddresses, [nodeAddress, "192.0.2.100"]);
  });

  test("a port of its own that it cannot have ends a proxy that is told so", async () => {
    const other = createServer();
    other.listen({ host: "127.0.0.1", port: 0 });
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    start({ metricsBindAddress: `127.0.0.1:${port}`, bindAddressHardFail: true });
    await assert.rejects(running, /Cannot serve \/metrics.*EADDRINUSE/);
    running = Promise.resolve();
    other.close();
    assert.ok(dataplane.closed);
  });

  test("a proxy that is started again forwards what there is now", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    start();
    await dataplane.whenApplied(() => true);
    stop.abort();
    await running;
    assert.ok(dataplane.closed);
    await createSlice(cluster.client, { service: "web", port: 8080, endpoints: [endpoint("10.180.0.1")] });
    stop = new AbortController();
    start();
    assert.deepEqual(backendsOf(await dataplane.whenApplied(() => true)), ["10.180.0.1:8080"]);
  });

  test("a port that cannot be programmed gives an Event on the Service, and another one when it works again", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    start();
    const message = 'Cannot listen on 192.0.2.11:30080: the port is held by "nginx" (process 4711)';
    dataplane.failWith([{ frontend: nodePortKey, address: nodeAddress, code: "address-in-use", message }]);
    await createService(cluster.client, web);
    const failed = await eventWith("FailedToProgramNodePort");
    assert.equal(failed.message, message);
    assert.equal(failed.type, "Warning");
    assert.deepEqual(failed.source, { component: "porthole-proxy", host: nodeName });
    dataplane.failWith([]);
    assert.equal((await eventWith("ProgrammedNodePort")).type, "Normal");
  });

  test("a dataplane that fails altogether is given the table again", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, web);
    start();
    dataplane.failOnce(new Error("The kernel said no"));
    assert.ok((await dataplane.whenApplied(() => true)).frontends.has(nodePortKey));
  });

  test("a wrong annotation gives an Event and costs nothing else", async () => {
    await createNode(cluster.client, nodeName, [nodeAddress]);
    await createService(cluster.client, { ...web, annotations: { "porthole.dev/proxy-protocol": "v3" } });
    start();
    assert.ok((await dataplane.whenApplied(() => true)).frontends.has(nodePortKey));
    assert.match((await eventWith("InvalidProxyProtocol")).message ?? "", /"v3".*"v1" or "v2"/);
  });

  function route() {
    return dataplane.route({ from: "203.0.113.1", to: nodeAddress, protocol: "TCP", port: 30080 }).backend;
  }

  /** Waits for the Event to arrive in the API. */
  async function eventWith(reason: string) {
    const waiting = new AbortController();
    for await (const event of cluster.client.watch(
      events,
      { namespace: "default", resourceVersion: "0" },
      waiting.signal,
    )) {
      if (event.type === "ADDED" && event.object.reason === reason) return event.object;
    }
    throw new Error(`The watch ended without ${reason}`);
  }
});

function endpoint(address: string) {
  return {
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: "node-2",
  };
}

function backendsOf({ frontends }: ForwardingTable): readonly string[] {
  const target = frontends.get(nodePortKey)?.external;
  return target?.kind === "forward" ? target.backends.map(({ key }) => key) : [];
}
