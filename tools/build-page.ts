/** Builds the dashboard's page: one HTML file, one script, one style sheet. */
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src/dashboard/page", import.meta.url));

/** Resolves with the names of the files, relative to `directory`, which is emptied first. */
export async function buildPage(directory: string): Promise<readonly string[]> {
  const { build } = await import("vite");
  const result = await build({
    configFile: false,
    logLevel: "warn",
    root: source,
    base: "/",
    publicDir: false,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: directory,
      emptyOutDir: true,
      target: "es2023",
      modulePreload: false,
      // A data: URL would need more from the page's content security policy.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
  });
  const outputs = "output" in result ? result.output : [];
  return outputs.map(({ fileName }) => fileName);
}
