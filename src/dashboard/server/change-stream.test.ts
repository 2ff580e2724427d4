import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { Service } from "../../api/service.ts";
import { ClusterView } from "../model/cluster-view.ts";
import type { StreamMessage } from "../model/rows.ts";
import { ChangeStream } from "./change-stream.ts";

/** What a browser has not read yet lies in `lines`. */
function makeResponse() {
  const lines: string[] = [];
  const response = {
    get writableLength() {
      return lines.reduce((sum, line) => sum + line.length, 0);
    },
    write: (line: string) => lines.push(line),
  };
  return { lines, response: response as unknown as ServerResponse };
}

const service = (name: string, revision: number): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name,
    namespace: "default",
    uid: name,
    resourceVersion: String(revision),
    creationTimestamp: "",
  },
  spec: { type: "ClusterIP", sessionAffinity: "None", clusterIPs: ["x".repeat(10_000)] },
  status: {},
});

const read = (line: string | undefined) =>
  JSON.parse(line ?? "") as Extract<StreamMessage, { kind: "changes" }>;

test("a browser that does not read is told no more than a bound, and afterwards the newest state once", () => {
  const view = new ClusterView();
  const { lines, response } = makeResponse();
  const stream = new ChangeStream(response, view);
  const change = (revision: number, names: readonly string[]) => {
    view.services({ present: names.map((name) => service(name, revision)), gone: [] });
    stream.note(view.update(0));
    stream.flush();
  };
  const names = Array.from({ length: 50 }, (_, index) => `web-${index}`);
  change(1, names);
  assert.equal(lines.length, 0, "nothing before the beginning");
  stream.begin({ server: "" }, true);
  assert.equal(lines.length, 1);
  for (let revision = 2; revision < 1000; revision++) change(revision, names);
  assert.ok(response.writableLength < 2_500_000, `${response.writableLength} characters wait`);
  lines.length = 0;
  view.services({ present: [], gone: [service("web-0", 1000)] });
  stream.note(view.update(0));
  stream.flush();
  const { services, goneServices } = read(lines[0]);
  assert.equal(lines.length, 1);
  assert.deepEqual(goneServices, ["default/web-0"]);
  assert.deepEqual(
    services.map(({ revision }) => revision),
    Array.from({ length: 49 }, () => 999),
  );
  lines.length = 0;
  stream.flush();
  assert.equal(lines.length, 0, "nothing is told twice");
});
