/** The head of an HTTP/1 answer. Pure. */

export interface HttpHead {
  readonly status: number;
  /** Names in lower case; the last of several of one name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Undefined as long as the head is not whole, and for what is not HTTP/1. */
export function parseHttpHead(text: string): HttpHead | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(status), headers: new Map(headers) };
}
