import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { StreamMessage } from "../src/dashboard/model/rows.ts";
import { request } from "../src/lib/http.ts";
import { buildPage } from "../tools/build-page.ts";
import { type OwnDashboard, serveDashboardOfSource } from "./support/dashboard.ts";
import { changeEndpoint, createCluster, serviceName } from "./support/dashboard-objects.ts";

const size = { nodes: 2, services: 4, endpoints: 3 };

describe("the dashboard's server", { timeout: 60_000 }, () => {
  let world: OwnDashboard;
  let token = "";
  before(async () => {
    world = await serveDashboardOfSource();
    token = new URL(world.url).hash.replace("#token=", "");
    await createCluster(world.api, size);
  });
  after(() => world?.[Symbol.asyncDispose]());

  interface Reply {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: string;
  }

  function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Reply> {
    const { hostname, port, host } = new URL(world.url);
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: hostname, port, path, method, headers: { host, ...headers }, agent: false },
        (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (part: string) => {
            body += part;
          });
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          );
        },
      );
      sent.on("error", reject);
      sent.end();
    });
  }
  const authorized = (path: string) => ask(path, { authorization: `Bearer ${token}` });

  const refused: readonly {
    readonly name: string;
    readonly headers: () => Record<string, string>;
    readonly method?: string;
    readonly status: number;
  }[] = [
    { name: "no token", headers: () => ({}), status: 401 },
    { name: "another token", headers: () => ({ authorization: "Bearer guess" }), status: 401 },
    { name: "the token as a cookie", headers: () => ({ cookie: `token=${token}` }), status: 401 },
    {
      name: "a name that was made to lead here",
      headers: () => ({ authorization: `Bearer ${token}`, host: "rebound.example:6480" }),
      status: 403,
    },
    {
      name: "another page's origin",
      headers: () => ({ authorization: `Bearer ${token}`, origin: "https://elsewhere.example" }),
      status: 403,
    },
    {
      name: "a page on another port of this machine",
      headers: () => ({
        authorization: `Bearer ${token}`,
        origin: "http://127.0.0.1:1",
        "sec-fetch-site": "same-site",
      }),
      status: 403,
    },
    {
      name: "a request that would write",
      headers: () => ({ authorization: `Bearer ${token}` }),
      method: "POST",
      status: 405,
    },
  ];
  for (const { name, headers, method = "GET", status } of refused) {
    test(`refuses ${name}`, async () => {
      const reply = await ask("/api/trace?to=192.0.2.1:80", headers(), method);
      assert.equal(reply.status, status, reply.body);
      assert.ok(!reply.body.includes("{"), reply.body);
    });
  }

  test("the page itself holds nothing of the cluster, and allows nothing from elsewhere", async () => {
    const page = await ask("/");
    assert.equal(page.status, 200);
    const policy = String(page.headers["content-security-policy"]);
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types"])
      assert.ok(policy.includes(part), policy);
    assert.ok(!policy.includes("unsafe"), policy);
    assert.equal(page.headers["x-content-type-options"], "nosniff");
    assert.equal(page.headers["referrer-policy"], "no-referrer");
    const outside = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].filter(
      ([, to = ""]) => !to.startsWith("/"),
    );
    assert.deepEqual(outside, []);
  });

  test("a path that climbs out of the page finds nothing", async () => {
    for (const path of ["/../../package.json", "/..%2f..%2fpackage.json", "/assets/../../../etc/passwd"])
      assert.equal((await ask(path)).status, 404, path);
  });

  test("streams everything, then what changes", async () => {
    const controller = new AbortController();
    const response = await fetch(new URL("/api/changes", world.url), {
      headers: { authorization: `Bearer ${token}` },
      signal: controller.signal,
    });
    const messages = readMessages(response);
    let snapshot: StreamMessage | undefined;
    for await (const message of messages) {
      snapshot = message;
      if (message.kind === "snapshot" && message.complete) break;
    }
    assert.equal(snapshot?.kind, "snapshot");
    assert.equal(snapshot.services.length, size.services + 1);
    assert.equal(snapshot.nodes.length, size.nodes);
    const key = `default/${serviceName(1)}`;
    const before = snapshot.services.find((service) => service.key === key);
    await changeEndpoint(world.api, 1, 1, size);
    for await (const message of messages) {
      if (message.kind !== "changes" || message.services.length === 0) continue;
      assert.deepEqual(
        message.services.map((service) => service.key),
        [key],
      );
      assert.notDeepEqual(message.services[0]?.endpoints, before?.endpoints);
      assert.deepEqual(
        message.timeline.map(({ object }) => object),
        [`Service ${key}`, `Service ${key}`],
      );
      break;
    }
    controller.abort();
  });

  const questions: readonly (readonly [path: string, status: number, says: RegExp])[] = [
    ["/api/trace?to=192.0.2.1:1", 200, /"verdict":"not-ours"/],
    ["/api/trace?to=nonsense", 422, /message/],
    ["/api/trace?to=192.0.2.1:80&protocol=ICMP", 422, /TCP, UDP or SCTP/],
    ["/api/trace?to=192.0.2.1:80&node=nobody", 422, /no node \\"nobody\\"/],
    ["/api/node?name=node-1", 200, /"frontends":\[/],
    ["/api/node?name=nobody", 422, /There is no node/],
    ["/api/doctor?service=default/nobody", 422, /There is no Service/],
    [`/api/doctor?service=default/${serviceName(0)}`, 200, /"findings":\[/],
    ["/api/nonsense", 422, /no such question/],
  ];
  for (const [path, status, says] of questions) {
    test(`answers ${path} with ${status}`, async () => {
      const reply = await authorized(path);
      assert.equal(reply.status, status, reply.body);
      assert.match(reply.body, says);
    });
  }
});

test("the page weighs less than 200 kB compressed, and names no other machine", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "porthole-page-"));
  t.after(() => rmSync(directory, { recursive: true }));
  await buildPage(directory);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const bytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
  assert.ok(bytes < 200_000, `${bytes} bytes`);
  const addresses = files.flatMap((file) =>
    [...file.toString().matchAll(/https?:\/\/[\w.-]+\.\w+/g)].map(([url]) => url),
  );
  // Names of XML's languages are no addresses.
  assert.deepEqual(
    addresses.filter((url) => !url.startsWith("http://www.w3.org")),
    [],
  );
});

async function* readMessages(response: Response): AsyncGenerator<StreamMessage> {
  let rest = "";
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as StreamMessage;
  }
}
