import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { silentLogger } from "../lib/log.ts";
import type { ApiClient } from "./api-client.ts";
import {
  ApiError,
  createApiClient,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNetworkError,
  isNotFound,
  pods,
  services,
} from "./index.ts";
import {
  answerJson,
  type Handler,
  type ScriptedServer,
  startScriptedServer,
  statusBody,
  writeEvent,
} from "./testing/scripted-server.ts";

const web = { name: "web", namespace: "default" };

async function withServer(
  handler: Handler,
  run: (client: ApiClient, server: ScriptedServer) => Promise<void>,
): Promise<void> {
  await using server = await startScriptedServer(handler);
  const config = {
    server: server.url,
    tls: {},
    source: "test",
    credentials: async () => ({ headers: { authorization: "Bearer secret" } }),
  };
  const client = createApiClient(config, { userAgent: "porthole-test/1", log: silentLogger });
  try {
    await run(client, server);
  } finally {
    await client.close();
  }
}

describe("ApiClient requests", () => {
  const echo: Handler = (request, response, body) =>
    answerJson(response, 200, {
      line: `${request.method} ${request.url}`,
      type: request.headers["content-type"],
      authorization: request.headers.authorization,
      agent: request.headers["user-agent"],
      body: body === "" ? undefined : JSON.parse(body),
    });
  const rows: {
    name: string;
    call: (client: ApiClient) => Promise<unknown>;
    line: string;
    body?: object;
    type?: string;
  }[] = [
    { name: "get", call: (c) => c.get(services, web), line: "GET /api/v1/namespaces/default/services/web" },
    {
      name: "list with selectors",
      call: (c) => c.list(pods, { labelSelector: "app in (a,b)", limit: 5 }),
      line: "GET /api/v1/pods?labelSelector=app%20in%20(a%2Cb)&limit=5",
    },
    {
      name: "create",
      call: (c) => c.create(services, { metadata: web }, { dryRun: true, fieldManager: "me" }),
      line: "POST /api/v1/namespaces/default/services?dryRun=All&fieldManager=me",
      body: { apiVersion: "v1", kind: "Service", metadata: web },
      type: "application/json",
    },
    {
      name: "create of a subresource",
      call: (c) => c.create(pods, { kind: "Binding", metadata: web }, { subresource: "binding" }),
      line: "POST /api/v1/namespaces/default/pods/web/binding",
      body: { apiVersion: "v1", kind: "Binding", metadata: web },
      type: "application/json",
    },
    {
      name: "update of status",
      call: (c) => c.update(services, { metadata: web }, { subresource: "status" }),
      line: "PUT /api/v1/namespaces/default/services/web/status",
      body: { apiVersion: "v1", kind: "Service", metadata: web },
      type: "application/json",
    },
    {
      name: "strategic merge patch",
      call: (c) => c.patch(services, web, "strategic", { spec: {} }),
      line: "PATCH /api/v1/namespaces/default/services/web",
      body: { spec: {} },
      type: "application/strategic-merge-patch+json",
    },
    {
      name: "server-side apply",
      call: (c) => c.patch(services, web, "apply", { spec: {} }, { fieldManager: "me", force: true }),
      line: "PATCH /api/v1/namespaces/default/services/web?fieldManager=me&force=true",
      body: { spec: {} },
      type: "application/apply-patch+yaml",
    },
  ];
  for (const { name, call, line, body, type } of rows) {
    test(`${name} is ${line}`, () =>
      withServer(echo, async (client) => {
        const expected = {
          line,
          authorization: "Bearer secret",
          agent: "porthole-test/1",
          ...(body ? { body, type } : {}),
        };
        assert.deepEqual(await call(client), expected);
      }));
  }

  test("a delete sends its options and resolves when there is nothing to delete", () => {
    let sent: unknown;
    return withServer(
      (_request, response, body) => {
        sent = JSON.parse(body);
        answerJson(response, 404, statusBody(404, "NotFound", "gone already"));
      },
      async (client) => {
        await client.delete(pods, web, { gracePeriodSeconds: 0, preconditions: { uid: "u" } });
        assert.deepEqual(sent, {
          kind: "DeleteOptions",
          apiVersion: "v1",
          gracePeriodSeconds: 0,
          preconditions: { uid: "u" },
        });
      },
    );
  });

  test("a key without its namespace is refused before anything is sent", () =>
    withServer(echo, async (client, server) => {
      await assert.rejects(client.get(services, { name: "web" }), /without metadata.namespace/);
      await assert.rejects(
        client.create(services, { metadata: { name: "web" } }),
        /without metadata.namespace/,
      );
      assert.deepEqual(server.requests, []);
    }));

  test("requests share one connection", () => {
    const ports = new Set<number | undefined>();
    return withServer(
      (request, response) => {
        ports.add(request.socket.remotePort);
        answerJson(response, 200, {});
      },
      async (client) => {
        for (let i = 0; i < 5; i++) await client.get(services, web);
        assert.equal(ports.size, 1);
      },
    );
  });
});

describe("ApiClient errors", () => {
  const rows: [code: number, reason: string, predicate: (error: unknown) => boolean][] = [
    [409, "Conflict", isConflict],
    [409, "AlreadyExists", isAlreadyExists],
    [410, "Expired", isGone],
    [403, "Forbidden", isForbidden],
    [404, "NotFound", isNotFound],
  ];
  for (const [code, reason, predicate] of rows) {
    test(`a ${reason} Status is an ApiError of its own predicate`, () =>
      withServer(
        (_request, response) => answerJson(response, code, statusBody(code, reason, "said the server")),
        async (client) => {
          await assert.rejects(client.update(services, { metadata: web }), (error: Error) => {
            assert.ok(error instanceof ApiError && predicate(error));
            assert.equal(error.message, "said the server");
            assert.equal(rows.filter(([, , other]) => other(error)).length, 1);
            return true;
          });
        },
      ));
  }

  test("get of what is not there resolves with undefined", () =>
    withServer(
      (_request, response) => answerJson(response, 404, statusBody(404, "NotFound", "no")),
      async (client) => assert.equal(await client.get(services, web), undefined),
    ));

  test("an error page of something in between keeps its first words", () =>
    withServer(
      (_request, response) => response.writeHead(502).end("Bad gateway from a proxy\n<html>"),
      async (client) => {
        await assert.rejects(client.list(services), {
          name: "ApiError",
          code: 502,
          message: "the server answered GET /api/v1/services with HTTP status 502: Bad gateway from a proxy",
        });
      },
    ));

  test("an answer that is not JSON is a protocol error", () =>
    withServer(
      (_request, response) => response.writeHead(200).end("<html>"),
      async (client) => assert.rejects(client.list(services), { name: "NetworkError", code: "protocol" }),
    ));

  test("an answer that is cut in the middle is a closed connection", () =>
    withServer(
      (_request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{");
        setImmediate(() => response.destroy());
      },
      async (client) => assert.rejects(client.list(services), { name: "NetworkError", code: "closed" }),
    ));

  test("a port where nobody listens is named, and what to do", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const config = { server: `http://127.0.0.1:${port}`, tls: {}, source: "test" };
    const client = createApiClient(config, { userAgent: "t", log: silentLogger });
    await assert.rejects(client.list(services), {
      code: "unreachable",
      message: `Cannot reach the API server at http://127.0.0.1:${port}: connection refused; is the API server running there?`,
    });
  });

  test("a request that is given up rejects with the signal's reason", () =>
    withServer(
      () => {},
      async (client, server) => {
        const stop = new AbortController();
        const pending = client.list(services, {}, stop.signal);
        await server.nextRequest(/services/);
        stop.abort(new Error("enough"));
        await assert.rejects(pending, /enough/);
      },
    ));

  test("a kept-alive connection that the server closed is opened again", () =>
    withServer(
      (_request, response) => answerJson(response, 200, {}),
      async (client, server) => {
        await client.list(services);
        server.cutAll();
        assert.deepEqual(await client.list(services), {});
      },
    ));
});

describe("ApiClient.watch", () => {
  async function collect(client: ApiClient, signal = new AbortController().signal): Promise<string[]> {
    const seen: string[] = [];
    for await (const event of client.watch(
      services,
      { resourceVersion: "5", allowBookmarks: true },
      signal,
    )) {
      seen.push(`${event.type} ${event.object.metadata.name}`);
    }
    return seen;
  }
  const object = { metadata: { name: "wéb" } };

  test("events come whole, however the bytes are cut", () =>
    withServer(
      (_request, response) => {
        response.writeHead(200);
        const bytes = Buffer.from(
          `${JSON.stringify({ type: "ADDED", object })}\n\n${JSON.stringify({ type: "DELETED", object })}\n`,
        );
        const sendFrom = (index: number): void => {
          if (index >= bytes.length) response.end();
          else
            response.write(bytes.subarray(index, index + 7), () => setImmediate(() => sendFrom(index + 7)));
        };
        sendFrom(0);
      },
      async (client, server) => {
        assert.deepEqual(await collect(client), ["ADDED wéb", "DELETED wéb"]);
        assert.deepEqual(server.requests, [
          "GET /api/v1/services?watch=true&resourceVersion=5&allowWatchBookmarks=true",
        ]);
      },
    ));

  test("an ERROR event rejects with its Status", () =>
    withServer(
      (_request, response) => {
        writeEvent(response, "ERROR", statusBody(410, "Expired", "too old resource version"));
        response.end();
      },
      async (client) => assert.rejects(collect(client), (error: unknown) => isGone(error)),
    ));

  const broken: [string, Handler, string][] = [
    [
      "a refusal",
      (_request, response) => answerJson(response, 403, statusBody(403, "Forbidden", "no")),
      "ApiError",
    ],
    ["garbage", (_request, response) => response.writeHead(200).end("][\n"), "NetworkError"],
    ["half an event", (_request, response) => response.writeHead(200).end('{"type":'), "NetworkError"],
    [
      "a cut connection",
      (_request, response) => {
        writeEvent(response, "ADDED", object);
        setImmediate(() => response.destroy());
      },
      "NetworkError",
    ],
  ];
  for (const [name, handler, error] of broken) {
    test(`${name} rejects with ${error}`, () =>
      withServer(handler, (client) => assert.rejects(collect(client), { name: error })));
  }

  test("it ends without an error when the signal fires, and closes its connection", () => {
    const closed = Promise.withResolvers<void>();
    return withServer(
      (_request, response) => {
        response.once("close", () => closed.resolve());
        writeEvent(response, "ADDED", object);
      },
      async (client) => {
        const stop = new AbortController();
        const seen: string[] = [];
        for await (const event of client.watch(services, {}, stop.signal)) {
          seen.push(event.type);
          stop.abort();
        }
        assert.deepEqual(seen, ["ADDED"]);
        await closed.promise;
      },
    );
  });

  test("leaving the loop closes the connection", () => {
    const closed = Promise.withResolvers<void>();
    return withServer(
      (_request, response) => {
        response.once("close", () => closed.resolve());
        writeEvent(response, "ADDED", object);
      },
      async (client) => {
        for await (const _ of client.watch(services, {}, new AbortController().signal)) break;
        await closed.promise;
      },
    );
  });

  test(
    "a watch that is silent for longer than its time-out and the slack is a time-out",
    { timeout: 10_000 },
    () =>
      withServer(
        (_request, response) => response.writeHead(200).flushHeaders(),
        async (client) => {
          const events = client.watch(services, { timeoutSeconds: -29.9 }, new AbortController().signal);
          await assert.rejects(
            async () => {
              for await (const _ of events);
            },
            (error: unknown) => isNetworkError(error) && error.code === "timeout",
          );
        },
      ),
  );
});
