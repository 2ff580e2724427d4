import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../store/index.ts";
import { storeFailureStatus } from "./store-failure-status.ts";

const cases = [
  ["nothing happened", new StoreError("unreachable", "no etcd"), 503, "ServiceUnavailable", 1],
  ["the server closes", new StoreError("closed", "closed"), 503, "ServiceUnavailable", 1],
  ["nobody knows whether it happened", new StoreError("io", "unknown"), 500, undefined, undefined],
  ["the store is full", new StoreError("full", "full"), 507, "InsufficientStorage", undefined],
  ["a defect", new TypeError("oh"), 500, "InternalError", undefined],
] as const;

for (const [name, error, code, reason, retryAfter] of cases) {
  test(`${name}: ${code}`, () => {
    const { status } = storeFailureStatus(error);
    assert.deepEqual(
      [status.code, status.reason, status.details?.retryAfterSeconds],
      [code, reason, retryAfter],
    );
    assert.match(status.message ?? "", new RegExp(error.message));
  });
}
