/** The documentation as a site: reads the pages, checks their links, writes HTML. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pagePaths } from "./contents.ts";
import { deadLinks } from "./dead-links.ts";
import { layOut, sitePath } from "./layout.ts";
import { type Page, renderPage } from "./render-page.ts";

export const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Pages that are read in the repository alone, and whose links are checked, too. */
const beside = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

export function readPages(paths: readonly string[] = pagePaths): readonly Page[] {
  return paths.map((path) => renderPage(path, readFileSync(join(repository, path), "utf8")));
}

/** Links that lead nowhere, of the site's pages and of those beside it. */
export function findDeadLinks(): readonly string[] {
  return deadLinks(readPages([...pagePaths, ...beside]), (path) => existsSync(join(repository, path)));
}

/** Writes the site into a directory, in the place of what is there. */
export function writeSite(directory: string): void {
  const pages = readPages();
  const titles = new Map(pages.map(({ path, title }) => [path, title]));
  rmSync(directory, { recursive: true, force: true });
  for (const page of pages) {
    const file = join(directory, sitePath(page.path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, layOut(page, titles));
  }
  writeFileSync(join(directory, "site.css"), readFileSync(join(repository, "tools/docs/site.css")));
}
