import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { referencePages } from "../tools/docs/reference.ts";
import { repository } from "../tools/docs/site.ts";

interface Board {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const board = JSON.parse(readFileSync(join(repository, "deploy/grafana.json"), "utf8")) as Board;

test("Grafana's board asks for metrics that there are", async () => {
  const reference = (await referencePages()).get("docs/reference/metrics.md") ?? "";
  const known = new Set([...reference.matchAll(/^\| `(\w+)`/gm)].map(([, name = ""]) => name));
  const asked = board.panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/(?:kubeproxy|porthole|process)_\w+/g) ?? []),
  );
  assert.ok(asked.length >= board.panels.length);
  assert.deepEqual(
    asked.filter((name) => !known.has(name.replace(/_bucket$/, ""))),
    [],
  );
});

test("its panels do not cover each other", () => {
  for (const [index, { title, gridPos: a }] of board.panels.entries())
    for (const { title: other, gridPos: b } of board.panels.slice(index + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      assert.ok(apart, `"${title}" and "${other}" overlap`);
    }
});
