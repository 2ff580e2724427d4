/** Links of the documentation that lead nowhere. */
import { posix } from "node:path";
import { isExternal, type Page } from "./render-page.ts";

/** `docs/guide/laptop.md: ../absent.md`. `exists` says whether the repository has a file that is no page. Addresses of other sites are not asked. */
export function deadLinks(pages: readonly Page[], exists: (path: string) => boolean): readonly string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  return pages.flatMap(({ path, links }) =>
    links
      .filter((link) => !isExternal(link))
      .filter((link) => {
        const [file = "", anchor] = link.split("#");
        const target = file === "" ? path : posix.join(posix.dirname(path), file);
        const page = byPath.get(target);
        if (!page) return !exists(target);
        return anchor !== undefined && !page.anchors.has(anchor);
      })
      .map((link) => `${path}: ${link}`),
  );
}
