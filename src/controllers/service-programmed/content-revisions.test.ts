import assert from "node:assert/strict";
import { test } from "node:test";
import { makeService } from "../testing/builders.ts";
import { ContentRevisions } from "./content-revisions.ts";

test("a condition makes no new revision for proxies; ports, addresses and another Service of the name do", () => {
  const revisions = new ContentRevisions();
  const at = (resourceVersion: string, change: Parameters<typeof makeService>[1]) =>
    revisions.of(
      "default/web",
      makeService("web", (service) => {
        service.metadata.resourceVersion = resourceVersion;
        change?.(service);
      }),
    );
  const condition = (service: { status: object }) => {
    service.status = { conditions: [{ type: "porthole.dev/Programmed", status: "False" }] };
  };
  assert.equal(
    at("5", () => {}),
    5,
  );
  assert.equal(at("6", condition), 5);
  assert.equal(
    at("7", () => {}),
    5,
  );
  const balanced = (service: { status: object }) => {
    service.status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
  };
  assert.equal(at("8", balanced), 8);
  assert.equal(
    at("9", (service) => {
      balanced(service);
      service.metadata.uid = "another";
    }),
    9,
  );
  revisions.retain(new Set());
  assert.equal(at("10", condition), 10);
});
