import assert from "node:assert/strict";
import { test } from "node:test";
import { SourcePorts } from "./source-ports.ts";

test("SourcePorts hands out every port of the range before one comes again", () => {
  const ports = new SourcePorts(() => 0.999999);
  const seen = new Set(Array.from({ length: 28_232 }, () => ports.next()));
  assert.equal(seen.size, 28_232);
  assert.deepEqual([Math.min(...seen), Math.max(...seen)], [32_768, 60_999]);
});
