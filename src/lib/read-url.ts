/** Reads what one URL answers, with bounds: metrics and status of a process that may hang, or be somebody else. */
import { get } from "./http.ts";

export interface ReadUrlOptions {
  /** How long it may be silent. */
  readonly timeoutMs: number;
  /** 8 MiB if absent. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 8 * 1024 * 1024;

/** Resolves with the body of an answer of status 200; rejects with an Error that says in a few words why there is none: `status 503`. */
export function readUrl(
  url: string,
  { timeoutMs, maxBytes = defaultMaxBytes }: ReadUrlOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: timeoutMs, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxBytes) response.destroy(new Error(`more than ${maxBytes} bytes`));
      });
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(Buffer.concat(chunks).toString("utf8"))
          : reject(new Error(`status ${response.statusCode}`)),
      );
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on("error", reject);
  });
}
