/** Where the files of this package are, from a checkout's source and from built code alike. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const isSource = import.meta.url.endsWith(".ts");
const root = rootAbove(dirname(fileURLToPath(import.meta.url)));

/** Absolute path of a file that is published with the package, such as `examples/demo.yaml`. */
export function packageFile(path: string): string {
  return join(root, path);
}

/** Absolute path of a program that Node can run: TypeScript in a checkout, built code otherwise. */
export function programFile(name: "cli/main" | "cluster/echo/main"): string {
  return join(root, isSource ? `src/${name}.ts` : `dist/${name}.js`);
}

function rootAbove(directory: string): string {
  return existsSync(join(directory, "package.json")) ? directory : rootAbove(dirname(directory));
}
