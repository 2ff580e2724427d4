import assert from "node:assert/strict";
import { test } from "node:test";
import { allDefinitions } from "../../api/kinds.ts";
import { isApiStatusError } from "../errors.ts";
import { createOpenApiDocuments, openApiAnswer } from "./index.ts";

const documents = createOpenApiDocuments(allDefinitions);

test("the index leads to a document for each group version, by hash", async () => {
  const { paths } = JSON.parse(await documents.index());
  assert.match(
    paths["apis/apps/v1"].serverRelativeURL,
    /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/,
  );
  for (const path of Object.keys(paths)) assert.ok(await documents.groupVersion(path), path);
  assert.equal(await documents.groupVersion("apis/none/v1"), undefined);
});

test("every reference of a document leads somewhere", async () => {
  for (const [text, at] of [
    [
      await documents.groupVersion("api/v1"),
      (document: { components: { schemas: object } }) => document.components.schemas,
    ],
    [await documents.version2(), (document: { definitions: object }) => document.definitions],
  ] as const) {
    assert.ok(text);
    const known = new Set(Object.keys(at(JSON.parse(text))));
    const references = [...text.matchAll(/"\$ref":"#\/(?:components\/schemas|definitions)\/([^"]+)"/g)];
    assert.ok(references.length > 100);
    assert.deepEqual(
      references.map(([, name]) => name ?? "").filter((name) => !known.has(name)),
      [],
    );
  }
});

test("a Service's ports tell how they are merged", async () => {
  const { components, paths } = JSON.parse((await documents.groupVersion("api/v1")) ?? "");
  const { description, ...ports } = components.schemas["io.k8s.api.core.v1.ServiceSpec"].properties.ports;
  assert.match(description, /^The list of ports/);
  assert.deepEqual(ports, {
    type: "array",
    items: { $ref: "#/components/schemas/io.k8s.api.core.v1.ServicePort" },
    "x-kubernetes-list-map-keys": ["port", "protocol"],
    "x-kubernetes-list-type": "map",
    "x-kubernetes-patch-merge-key": "port",
    "x-kubernetes-patch-strategy": "merge",
  });
  const { patch } = paths["/api/v1/namespaces/{namespace}/services/{name}"];
  assert.deepEqual(patch["x-kubernetes-group-version-kind"], { group: "", kind: "Service", version: "v1" });
  assert.ok(patch.parameters.some(({ name }: { name: string }) => name === "fieldValidation"));
});

test("who wants protobuf alone is refused", async () => {
  const protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
  await assert.rejects(
    openApiAnswer(documents, "v2", protobuf, false),
    (error) => isApiStatusError(error) && error.code === 406,
  );
  const { contentType } = await openApiAnswer(documents, "v2", `${protobuf}, application/json`, false);
  assert.equal(contentType, "application/json");
});
