import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readManifests } from "./manifests.ts";

function makeFile(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "porthole-manifests-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "app.yaml");
  writeFileSync(file, text);
  return file;
}

test("the demo holds the Service of the introduction to NodePort word for word", async () => {
  const [service] = await readManifests(
    fileURLToPath(new URL("../../../examples/demo.yaml", import.meta.url)),
  );
  assert.deepEqual(service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "demo-service" },
    spec: {
      type: "NodePort",
      selector: { app: "demo" },
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_080 }],
    },
  });
});

test("readManifests passes over empty documents", async (t) => {
  const file = makeFile(
    t,
    "---\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n# nothing\n",
  );
  assert.deepEqual(
    (await readManifests(file)).map(({ kind }) => kind),
    ["Namespace"],
  );
});

const wrong = [
  { name: "broken YAML", text: "a: [1", says: /app\.yaml, document 1/ },
  {
    name: "an object without a name",
    text: "a: 1\n---\napiVersion: v1\nkind: Pod\n",
    says: /document 1: apiVersion, kind and metadata\.name/,
  },
];
for (const { name, text, says } of wrong) {
  test(`readManifests names the file and the document of ${name}`, async (t) => {
    await assert.rejects(readManifests(makeFile(t, text)), says);
  });
}
