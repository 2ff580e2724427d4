/** The frame around a page of the site. */
import { posix } from "node:path";
import { contents } from "./contents.ts";
import type { Page } from "./render-page.ts";

/** `docs/guide/laptop.md` is `guide/laptop.html`. */
export function sitePath(path: string): string {
  return path.replace(/^docs\//, "").replace(/\.md$/, ".html");
}

/** A whole HTML document. Nothing in it is fetched from elsewhere. */
export function layOut(page: Page, titles: ReadonlyMap<string, string>): string {
  const here = posix.dirname(sitePath(page.path));
  const to = (path: string) => posix.relative(here, sitePath(path)) || posix.basename(sitePath(path));
  const sections = contents
    .map(({ title, pages }) => {
      const items = pages
        .map((path) => {
          const current = path === page.path ? ' aria-current="page"' : "";
          return `<li><a href="${to(path)}"${current}>${escaped(titles.get(path) ?? path)}</a></li>`;
        })
        .join("");
      return `<h2>${escaped(title)}</h2><ul>${items}</ul>`;
    })
    .join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(page.title)} · Porthole</title>
<link rel="stylesheet" href="${posix.relative(here, "site.css")}">
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<details class="nav" open><summary>Contents</summary><nav aria-label="Contents">${sections}</nav></details>
<main id="main">
${page.html}
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
