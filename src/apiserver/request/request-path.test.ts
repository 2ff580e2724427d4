import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequestPath } from "./request-path.ts";

const core = { kind: "resource", group: "", version: "v1" } as const;

const rows = [
  { path: "/api", target: { kind: "versions" } },
  { path: "/apis/", target: { kind: "groups" } },
  { path: "/apis/apps", target: { kind: "group", group: "apps" } },
  { path: "/api/v1", target: { kind: "resources", group: "", version: "v1" } },
  { path: "/apis/apps/v1", target: { kind: "resources", group: "apps", version: "v1" } },
  { path: "/api/v1/nodes/n1", target: { ...core, plural: "nodes", name: "n1", rest: [] } },
  { path: "/api/v1/namespaces", target: { ...core, plural: "namespaces", rest: [] } },
  { path: "/api/v1/namespaces/a", target: { ...core, plural: "namespaces", name: "a", rest: [] } },
  {
    path: "/api/v1/namespaces/a/finalize",
    target: { ...core, plural: "namespaces", name: "a", subresource: "finalize", rest: [] },
  },
  {
    path: "/api/v1/namespaces/a/services",
    target: { ...core, plural: "services", namespace: "a", rest: [] },
  },
  {
    path: "/api/v1/namespaces/a/services/b/proxy/x/y",
    target: {
      ...core,
      plural: "services",
      namespace: "a",
      name: "b",
      subresource: "proxy",
      rest: ["x", "y"],
    },
  },
  { path: "/api/v1/nodes/a%2Fb", target: { ...core, plural: "nodes", name: "a/b", rest: [] } },
  { path: "/api/v1/nodes/%zz", target: { ...core, plural: "nodes", name: "%zz", rest: [] } },
  { path: "/healthz/ping", target: { kind: "other", segments: ["healthz", "ping"] } },
  { path: "/", target: { kind: "other", segments: [] } },
] as const;

test("parseRequestPath knows every shape of path", () => {
  for (const { path, target } of rows) assert.deepEqual(parseRequestPath(path), target, path);
});
