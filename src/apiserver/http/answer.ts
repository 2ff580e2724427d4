/** Answers: what a handler returns, and how it goes out. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Status } from "../../api/meta.ts";
import type { Encoding } from "../response/accept.ts";
import { writeBody } from "./write-stream.ts";

export interface Answer {
  readonly status: number;
  /** JSON, or plain text where `contentType` says so. */
  readonly body: string;
  readonly contentType?: string;
  readonly encoding?: Encoding;
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonAnswer(status: number, value: unknown, encoding: Encoding = "json"): Answer {
  return { status, body: JSON.stringify(value), encoding };
}

/** A failure that says when to try again says so in the header, too. */
export function statusAnswer(status: Status): Answer {
  const answer = jsonAnswer(status.code ?? 200, status);
  const { retryAfterSeconds = 0 } = status.details ?? {};
  return retryAfterSeconds > 0
    ? { ...answer, headers: { "Retry-After": String(retryAfterSeconds) } }
    : answer;
}

export function textAnswer(status: number, body: string): Answer {
  return { status, body, contentType: "text/plain; charset=utf-8" };
}

export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  warnings: readonly string[],
  pretty: boolean,
): Promise<void> {
  if (response.headersSent || response.destroyed) return;
  const { body, contentType } = await encodeBody(answer, pretty);
  const bytes = Buffer.from(body);
  const headers: Record<string, string | string[]> = {
    "Content-Type": contentType,
    "Content-Length": String(bytes.length),
    "Cache-Control": "no-cache, private",
    ...answer.headers,
  };
  if (warnings.length > 0) headers.Warning = [...new Set(warnings)].map(warningHeader);
  if (!request.complete) headers.Connection = "close";
  response.writeHead(answer.status, headers);
  await writeBody(response, bytes).catch(() => response.destroy());
}

async function encodeBody(
  answer: Answer,
  pretty: boolean,
): Promise<{ readonly body: string; readonly contentType: string }> {
  if (answer.contentType !== undefined) return { body: answer.body, contentType: answer.contentType };
  if (answer.encoding === "yaml") {
    const { stringify } = await import("../../lib/yaml.ts");
    return { body: stringify(JSON.parse(answer.body)), contentType: "application/yaml" };
  }
  const body = pretty ? `${JSON.stringify(JSON.parse(answer.body), null, 2)}\n` : answer.body;
  return { body, contentType: "application/json" };
}

/** RFC 7234: code 299, no agent, the text quoted. Header values are latin-1: other characters become "?". */
function warningHeader(text: string): string {
  const printable = text.replace(/[\r\n\t]+/g, " ").replace(/[^\x20-\x7e\xa0-\xff]/g, "?");
  return `299 - "${printable.replace(/[\\"]/g, "\\$&")}"`;
}
