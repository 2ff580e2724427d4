import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import MarkdownIt from "markdown-it";
import { pagePaths } from "../tools/docs/contents.ts";
import { deadLinks } from "../tools/docs/dead-links.ts";
import { referencePages } from "../tools/docs/reference.ts";
import { renderPage } from "../tools/docs/render-page.ts";
import { findDeadLinks, readPages, repository } from "../tools/docs/site.ts";

test("no link of the documentation leads nowhere", () => {
  assert.deepEqual(findDeadLinks(), []);
});

test("links to pages, to headings and to files of the repository are told apart", () => {
  const pages = [
    renderPage(
      "docs/a.md",
      "# A\n[b](b.md) [gone](c.md) [here](#a) [part](b.md#what-it-does) [no part](b.md#x)",
    ),
    renderPage(
      "docs/b.md",
      "# B\n## What it does\n[file](../LICENSE) [site](https://example.com/x) ![picture](no.png)",
    ),
  ];
  assert.deepEqual(
    deadLinks(pages, (path) => path === "LICENSE"),
    ["docs/a.md: c.md", "docs/a.md: b.md#x", "docs/b.md: no.png"],
  );
});

test("every page has a title of its own", () => {
  const titles = readPages().map(({ title }) => title);
  assert.equal(new Set(titles).size, titles.length);
  for (const { path, title } of readPages()) assert.notEqual(title, path, "the page has no heading");
});

/** `sh` with how test/docs-commands.test.ts runs it. */
const languages = ["sh", "sh background", "sh cluster", "sh server", "sh member", "yaml", "text"];

test("every block of code says what it is, so that no command is left untried", () => {
  const blocks = pagePaths.flatMap((path) =>
    new MarkdownIt()
      .parse(readFileSync(join(repository, path), "utf8"), {})
      .filter(({ type }) => type === "code_block" || type === "fence")
      .map(({ info, map }) => ({ place: `${path}:${(map?.[0] ?? 0) + 1}`, language: info })),
  );
  assert.deepEqual(
    blocks.filter(({ language }) => !languages.includes(language)).map(({ place }) => place),
    [],
  );
});

test("the reference says what the code says: npm run docs writes it", async () => {
  for (const [path, text] of await referencePages()) {
    assert.equal(readFileSync(join(repository, path), "utf8"), text, `${path} is not current`);
  }
});
