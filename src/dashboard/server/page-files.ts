/** The files of the page as they are built, held in memory: a hundred kilobytes, and no path of a request is ever one of the file system. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { packageFile } from "../../lib/package-files.ts";

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly gzipped: Buffer;
  /** Its name holds a digest of what is in it. */
  readonly immutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export const pageDirectory = packageFile("dist/dashboard");

/** By path: `/` and `/assets/…`. Throws an error that says what to do if the page is not built. */
export function readPageFiles(directory = pageDirectory): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(directory, "index.html")))
    throw new Error("The dashboard's page is not built yet. In a checkout run: npm run build");
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const files = names.flatMap((name): readonly (readonly [string, PageFile])[] => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    const body = readFileSync(join(directory, name));
    const path = name === "index.html" ? "/" : `/${name}`;
    return [
      [path, { type, body, gzipped: gzipSync(body, { level: 9 }), immutable: name.startsWith("assets/") }],
    ];
  });
  return new Map(files);
}
