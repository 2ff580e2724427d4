import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../lib/clock.ts";
import { openAuditLog } from "./audit-log.ts";
import { auditEvent } from "./audit-request.ts";

test("the log stays within its size and its number of files, and nobody else reads it", () => {
  const directory = mkdtempSync(join(tmpdir(), "porthole-audit-"));
  try {
    const path = join(directory, "audit.log");
    const log = openAuditLog({ path, maxBytes: 200, maxBackups: 2, clock: systemClock });
    for (let index = 0; index < 100; index += 1) log.write({ index, text: "x".repeat(50) });
    log.close();
    const names = readdirSync(directory);
    assert.equal(names.length, 3);
    for (const name of names) {
      const { size, mode } = statSync(join(directory, name));
      assert.ok(size <= 200);
      assert.equal(mode & 0o777, 0o600);
    }
    assert.equal(JSON.parse(readFileSync(path, "utf8").trim().split("\n").at(-1) ?? "").index, 99);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("an event says who did what to which object, and holds no token", () => {
  const event = auditEvent(
    {
      method: "PUT",
      url: "/api/v1/namespaces/a/services/b/status",
      headers: { authorization: "Bearer s3cret", "user-agent": "kubectl/1" },
    },
    { name: "u", uid: "", groups: ["g"] },
    { received: "2026-01-01T00:00:00.000Z", source: "127.0.0.1", code: 200 },
  ) as Record<string, unknown>;
  assert.deepEqual(event.objectRef, {
    resource: "services",
    namespace: "a",
    name: "b",
    apiVersion: "v1",
    subresource: "status",
  });
  assert.equal(event.verb, "update");
  assert.deepEqual(event.user, { username: "u", groups: ["g"] });
  assert.ok(!JSON.stringify(event).includes("s3cret"));
});
