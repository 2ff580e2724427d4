import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient } from "../../client/index.ts";
import { startScriptedServer } from "../../client/testing/scripted-server.ts";
import { silentLogger } from "../../lib/log.ts";
import { UnknownPlaceError } from "../trace/place-packet.ts";
import { diagnose } from "./diagnose.ts";

const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Forbidden", code: 403 };

/** A client whose user may list everything but what is named; there is nothing in the cluster. */
async function clientWithout(forbidden: RegExp) {
  const server = await startScriptedServer((request, response) => {
    const isForbidden = forbidden.test(request.url ?? "");
    response.statusCode = isForbidden ? 403 : 200;
    response.end(JSON.stringify(isForbidden ? status : { items: [], metadata: {} }));
  });
  const options = { userAgent: "test", log: silentLogger };
  const client = createApiClient({ server: server.url, tls: {}, source: "test" }, options);
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("who may list what NodePorts are made of, and nothing else, is told what was not seen", async () => {
  await using cluster = await clientWithout(/\/(events|leases)/);
  const { unread } = await diagnose(cluster.client, {});
  assert.deepEqual(unread, ["events", "leases in kube-system"]);
});

test("without what NodePorts are made of nothing can be said", async () => {
  await using cluster = await clientWithout(/\/pods/);
  await assert.rejects(diagnose(cluster.client, {}), { name: "ApiError", code: 403 });
});

test("a Service that is not there is named", async () => {
  await using cluster = await clientWithout(/nothing/);
  await assert.rejects(diagnose(cluster.client, { service: "default/web" }), (error: Error) => {
    assert.ok(error instanceof UnknownPlaceError);
    assert.match(error.message, /no Service "default\/web"/);
    return true;
  });
});
