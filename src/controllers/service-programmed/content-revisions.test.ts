import assert from "node:assert/strict";
import { test } from "node:test";
import { makeService } from "../testing/builders.ts";
import { ContentRevisions } from "./content-revisions.ts";

const key = "default/web";

function at(resourceVersion: string) {
  return makeService("web", (service) => {
    service.metadata.resourceVersion = resourceVersion;
  });
}

test("a condition that was written makes no new revision for proxies, one after the other neither", () => {
  const revisions = new ContentRevisions();
  assert.equal(revisions.of(key, at("5")), 5);
  revisions.wrote(key, at("5"), at("6"));
  assert.equal(revisions.of(key, at("6")), 5);
  revisions.wrote(key, at("6"), at("8"));
  assert.equal(revisions.of(key, at("8")), 5);
});

test("whatever somebody else writes makes one, though the Service says the same as before", () => {
  const revisions = new ContentRevisions();
  assert.equal(revisions.of(key, at("5")), 5);
  // At 6 it said something else, which nobody looked at.
  assert.equal(revisions.of(key, at("7")), 7);
  revisions.wrote(key, at("9"), at("10"));
  assert.equal(revisions.of(key, at("10")), 9);
});

test("a Service that was gone begins anew", () => {
  const revisions = new ContentRevisions();
  revisions.wrote(key, at("5"), at("6"));
  revisions.retain(new Set());
  assert.equal(revisions.of(key, at("6")), 6);
});
