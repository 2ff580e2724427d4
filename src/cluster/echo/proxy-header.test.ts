import assert from "node:assert/strict";
import { test } from "node:test";
import { readProxyHeader } from "./proxy-header.ts";

const v1 = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 80\r\n";
const v2 = Buffer.from("0d0a0d0a000d0a515549540a2111000cc00002077f000001126700500a", "hex");

test("headers of both versions are read, also when they come in pieces", () => {
  const client = { address: "192.0.2.7", port: 4711 };
  for (const [bytes, length] of [
    [Buffer.from(`${v1}GET /`), v1.length],
    [v2, v2.length - 1],
  ] as const) {
    for (let size = 1; size < length; size++)
      assert.equal(readProxyHeader(bytes.subarray(0, size)).kind, "incomplete", `${size} bytes`);
    assert.deepEqual(readProxyHeader(bytes), { kind: "complete", length, client });
  }
});

test("what is no header is invalid at once; a proxy that speaks for itself names no client", () => {
  for (const text of ["GET / HTTP/1.1\r\n", "PROXY TCP9 a b 1 2\r\n", `PROXY ${"x".repeat(110)}`])
    assert.equal(readProxyHeader(Buffer.from(text)).kind, "invalid", text);
  assert.deepEqual(readProxyHeader(Buffer.from("PROXY UNKNOWN\r\n")), { kind: "complete", length: 15 });
});
