import assert from "node:assert/strict";
import { test } from "node:test";
import { type Conversion, chooseForm } from "./accept.ts";

const all: readonly Conversion[] = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"];
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";

const rows = [
  { header: undefined, form: { encoding: "json" } },
  { header: "*/*", form: { encoding: "json" } },
  { header: "application/yaml", form: { encoding: "yaml" } },
  { header: "text/html, application/json;q=0.5", form: { encoding: "json" } },
  { header: "application/yaml;q=0.1, application/json", form: { encoding: "json" } },
  { header: table, form: { encoding: "json", conversion: "Table" } },
  {
    header: `application/json;as=Table;v=v1beta1;g=meta.k8s.io,${table}`,
    form: { encoding: "json", conversion: "Table" },
  },
  { header: "application/vnd.kubernetes.protobuf, application/json", form: { encoding: "json" } },
  { header: "text/html", form: undefined },
  { header: "application/json;as=Nothing;v=v1;g=meta.k8s.io", form: undefined },
] as const;

test("chooseForm takes the best clause that can be served", () => {
  for (const { header, form } of rows) assert.deepEqual(chooseForm(header, all), form, header);
});

test("chooseForm does not convert where a conversion makes no sense", () => {
  assert.equal(chooseForm(table, []), undefined);
  assert.deepEqual(chooseForm(`${table},application/json`, []), { encoding: "json" });
});
