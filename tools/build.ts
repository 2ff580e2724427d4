/**
 * Builds dist/: the programs of src/ with what they import, in a few files. A process loads ten of them instead of some hundred modules,
 * which is half of its start. `bin/porthole` runs them as long as no source file is newer. Beside them, the dashboard's page.
 */
import { readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "./build-page.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = join(root, "dist");
const pageDirectory = join(outdir, "dashboard");
const programs = ["cli/main", "cluster/echo/main"];

const esbuild = await import("esbuild").catch(() => undefined);
if (esbuild === undefined) {
  console.log(
    "Development packages are not installed: Porthole runs from its source, and starts more slowly.",
  );
} else {
  // A file that is saved from now on is newer than what is built.
  const startedAt = new Date();
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: programs.map((name) => `src/${name}.ts`),
    outdir,
    outbase: "src",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Native code, and a package that is rarely wanted and loads much.
    external: ["koffi", "@kubernetes/client-node"],
    // CommonJS packages ask for Node's own modules by require().
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    metafile: true,
  });
  const built = new Set(Object.keys(metafile.outputs).map((file) => join(root, file)));
  for (const entry of readdirSync(outdir, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !built.has(file) && !file.startsWith(pageDirectory)) rmSync(file);
  }
  await buildPage(pageDirectory);
  for (const name of programs) utimesSync(join(outdir, `${name}.js`), startedAt, startedAt);
}
