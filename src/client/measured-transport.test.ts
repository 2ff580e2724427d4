import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openTransport } from "./http-transport.ts";
import { measureTransport } from "./measured-transport.ts";

test("requests are counted by method and answer, and timed unless they are streams or fail", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/missing" ? 404 : 200;
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (place: string) =>
    measureTransport(openTransport({ server: `http://${place}`, tls: {}, source: "test" }, "test"), place);
  const transport = open(host);
  await transport.send({ method: "GET", path: "/there" });
  await transport.send({ method: "GET", path: "/missing" });
  await transport.send({ method: "POST", path: "/there", body: "{}" });
  const stream = await transport.open({ method: "GET", path: "/watch" });
  stream.destroy();
  transport.close();
  server.close();
  server.closeAllConnections();
  await once(server, "close");
  await assert.rejects(transport.send({ method: "GET", path: "/there" }));
  transport.close();

  const lines = transport.metrics.text().split("\n");
  assert.deepEqual(lines.filter((line) => line.startsWith("rest_client_requests_total")).sort(), [
    `rest_client_requests_total{code="200",host="${host}",method="GET"} 2`,
    `rest_client_requests_total{code="200",host="${host}",method="POST"} 1`,
    `rest_client_requests_total{code="404",host="${host}",method="GET"} 1`,
    `rest_client_requests_total{code="<error>",host="${host}",method="GET"} 1`,
  ]);
  const timed = (verb: string) =>
    lines.find((line) =>
      line.startsWith(`rest_client_request_duration_seconds_count{host="${host}",verb="${verb}"}`),
    );
  assert.match(timed("GET") ?? "", / 2$/);
  assert.match(timed("POST") ?? "", / 1$/);
});
