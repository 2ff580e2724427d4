/** Follows the server's stream, again and again until the page is closed. */
import { signal } from "@preact/signals";
import type { StreamMessage } from "../../model/rows.ts";
import { applyMessage } from "./cluster.ts";
import { takeToken } from "./token.ts";

/** `locked`: the page has no token that the server takes. */
export type Connection = "connecting" | "live" | "lost" | "locked";

export const connection = signal<Connection>("connecting");

const retryMs = 1000;
/** The server speaks at least every 5 s. */
const silentMs = 16_000;

const token = takeToken();

/** Sends a question with the token. */
export function ask(path: string, signal: AbortSignal): Promise<Response> {
  return fetch(path, { headers: { authorization: `Bearer ${token}` }, signal });
}

export function followCluster(): void {
  void follow();
}

async function follow(): Promise<void> {
  for (;;) {
    try {
      await readStream();
    } catch {
      // Whatever it was, the stream is gone.
    }
    if (connection.value === "locked") return;
    connection.value = "lost";
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

async function readStream(): Promise<void> {
  const silence = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => silence.abort(), silentMs);
  };
  heard();
  try {
    const response = await ask("/api/changes", silence.signal);
    if (response.status === 401) {
      connection.value = "locked";
      return;
    }
    if (!response.ok || !response.body) return;
    await readLines(response.body, (line) => {
      heard();
      connection.value = "live";
      applyMessage(JSON.parse(line) as StreamMessage);
    });
  } finally {
    clearTimeout(timer);
  }
}

async function readLines(body: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let parts: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = decoder.decode(value, { stream: true }).split("\n");
    for (const end of lines.slice(0, -1)) {
      take(parts.join("") + end);
      parts = [];
    }
    parts.push(lines.at(-1) ?? "");
  }
}
