/** One page of the documentation: from Markdown to HTML, and what it links to. */
import MarkdownIt, { type Token } from "markdown-it";

export interface Page {
  /** `docs/guide/laptop.md` */
  readonly path: string;
  /** Of its first heading. */
  readonly title: string;
  readonly html: string;
  /** Ids of its headings: `node-ports`. */
  readonly anchors: ReadonlySet<string>;
  /** As they are written: `../load-balancer.md#health`. */
  readonly links: readonly string[];
}

/** Pure. Links to other pages become links to their HTML. */
export function renderPage(path: string, text: string): Page {
  const markdown = new MarkdownIt({ html: true, linkify: false, typographer: false });
  const tokens = markdown.parse(text, {});
  const anchors = nameHeadings(tokens);
  const links: string[] = [];
  const inline = tokens.flatMap(({ children }) => children ?? []);
  for (const token of inline) {
    if (token.type === "image") links.push(String(token.attrGet("src") ?? ""));
    if (token.type !== "link_open") continue;
    const href = String(token.attrGet("href") ?? "");
    links.push(href);
    if (!isExternal(href)) token.attrSet("href", href.replace(/\.md(?=#|$)/, ".html"));
  }
  const title = tokens.find(({ type }, index) => type === "inline" && tokens[index - 1]?.tag === "h1");
  return {
    path,
    title: title?.content.replaceAll("`", "") ?? path,
    html: markdown.renderer.render(tokens, markdown.options, {}),
    anchors,
    links,
  };
}

export function isExternal(link: string): boolean {
  return /^[a-z]+:/.test(link);
}

/** As GitHub makes them: `Where it differs` is `where-it-differs`. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function nameHeadings(tokens: readonly Token[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "heading_open") continue;
    const anchor = anchorOf(tokens[index + 1]?.content ?? "");
    token.attrSet("id", anchor);
    anchors.add(anchor);
  }
  return anchors;
}
