import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, beforeEach, describe, test } from "node:test";
import { loopbackPlan } from "../dataplane/conformance-loopback.ts";
import type { HealthCheck } from "../forwarding/index.ts";
import { describeFailure, ServiceHealthServers } from "./service-health-servers.ts";
import { httpGet } from "./testing/http-get.ts";

const port = 31_000 + (process.pid % 1_000);
const [first = "", second = ""] = loopbackPlan().nodeAddresses;

function check(localEndpoints: number, change: Partial<HealthCheck> = {}): HealthCheck {
  return { service: { namespace: "default", name: "web" }, port, localEndpoints, ...change };
}

function only(healthCheck: HealthCheck): ReadonlyMap<string, HealthCheck> {
  return new Map([["default/web", healthCheck]]);
}

describe("ServiceHealthServers", () => {
  let live = true;
  let servers: ServiceHealthServers;
  beforeEach(() => {
    live = true;
    servers = new ServiceHealthServers({ isLive: () => live, isReady: () => live, report: () => ({}) });
  });
  afterEach(() => servers.close());

  test("answers as kube-proxy does where there are ready endpoints", async () => {
    assert.deepEqual(await servers.apply(only(check(2)), [first, second]), []);
    for (const address of [first, second]) {
      const response = await httpGet(`http://${address}:${port}/healthz`);
      assert.equal(response.status, 200);
      assert.equal(response.headers["x-load-balancing-endpoint-weight"], "2");
      assert.equal(response.headers["content-type"], "application/json");
      assert.equal(
        response.body,
        '{\n\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}',
      );
    }
  });

  test("answers 503 without local endpoints, and follows their number", async () => {
    await servers.apply(only(check(0)), [first]);
    const response = await httpGet(`http://${first}:${port}/`);
    assert.equal(response.status, 503);
    assert.equal(response.headers["x-load-balancing-endpoint-weight"], "0");
    await servers.apply(only(check(1)), [first]);
    assert.equal((await httpGet(`http://${first}:${port}/`)).status, 200);
  });

  test("answers 503 when the proxy is not healthy", async () => {
    await servers.apply(only(check(1)), [first]);
    live = false;
    assert.equal((await httpGet(`http://${first}:${port}/`)).status, 503);
  });

  test("closes what is not wanted any more", async () => {
    await servers.apply(only(check(1)), [first]);
    await servers.apply(new Map(), [first]);
    await assert.rejects(httpGet(`http://${first}:${port}/`));
  });

  test("names what it cannot serve, and serves it once it can", async () => {
    const other = createServer();
    other.listen({ host: first, port });
    await once(other, "listening");
    const [failure] = await servers.apply(only(check(1)), [first]);
    assert.ok(failure);
    assert.match(describeFailure(failure), /"default\/web" on 127\..*EADDRINUSE.*free the port/);
    other.close();
    await once(other, "close");
    assert.deepEqual(await servers.apply(only(check(1)), [first]), []);
    assert.equal((await httpGet(`http://${first}:${port}/`)).status, 200);
  });
});
