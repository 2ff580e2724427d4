/** Tokens that are kept in a file, as a pod's service account token is. */
import { readFile } from "node:fs/promises";
import { KubeconfigError } from "./errors.ts";

/** client-go reads the file anew after a minute; a shorter time costs little and follows a rotation sooner. */
const rereadAfterMs = 10_000;

/** Returns a function that reads the token, again after 10 s, and keeps the last good one when the file is gone. */
export function tokenFromFile(file: string): () => Promise<string> {
  let token = "";
  let readAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - readAtMs < rereadAfterMs) return token;
    try {
      token = (await readFile(file, "utf8")).trim();
      readAtMs = performance.now();
    } catch (error) {
      if (token === "") {
        throw new KubeconfigError(`Token file "${file}" cannot be read: ${(error as Error).message}`);
      }
    }
    return token;
  };
}
