import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { readUrl } from "./read-url.ts";

const cases: readonly {
  readonly name: string;
  readonly answer: (response: ServerResponse) => void;
  readonly says: string | RegExp;
}[] = [
  { name: "an answer is read, letters of several bytes too", answer: (r) => r.end("größer"), says: "größer" },
  { name: "another status is named", answer: (r) => r.writeHead(503).end("busy"), says: /^status 503$/ },
  { name: "who is silent is given up", answer: () => {}, says: /^no answer within 100 ms$/ },
  {
    name: "who falls silent in the middle is given up",
    answer: (r) => void r.write("half"),
    says: /^no answer within 100 ms$/,
  },
  {
    name: "who says too much is cut off",
    answer: (r) => r.end("x".repeat(101)),
    says: /^more than 100 bytes$/,
  },
  {
    name: "a connection that breaks is no answer",
    answer: (r) => void r.socket?.destroy(),
    says: /hang up|ECONNRESET/,
  },
];

for (const { name, answer, says } of cases) {
  test(name, async () => {
    const server = createServer((_, response) => answer(response)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      const reading = readUrl(url, { timeoutMs: 100, maxBytes: 100 });
      if (typeof says === "string") assert.equal(await reading, says);
      else await assert.rejects(reading, { message: says });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}

test("where nobody listens the system's error is told", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  await assert.rejects(readUrl(`http://127.0.0.1:${port}/`, { timeoutMs: 1000 }), /ECONNREFUSED/);
});
