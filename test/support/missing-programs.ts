/** Which programs of Debian packages a test lacks. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Why a test must be skipped; false if all programs are there, and in CI, where it runs and fails. */
export function missingPrograms(...programs: readonly string[]): string | false {
  if (process.env.CI === "true") return false;
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length > 0 && `needs ${missing.join(" and ")}`;
}

function isInstalled(program: string): boolean {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"].some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
