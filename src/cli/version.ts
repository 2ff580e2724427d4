/** The version of this package, and of the Kubernetes API that it speaks. */
import { readFileSync } from "node:fs";
import { packageFile } from "../lib/package-files.ts";

export const kubernetesVersion = "v1.36";

export function portholeVersion(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}
