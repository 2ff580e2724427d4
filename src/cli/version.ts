/** The version of this package, and of the Kubernetes API that it speaks. */
import { readFileSync } from "node:fs";

export const kubernetesVersion = "v1.36";

export function portholeVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
