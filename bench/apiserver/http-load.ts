/** What loads the API server: bare HTTPS, so that the client costs little of the two cores. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";

export interface Target {
  readonly url: string;
  readonly token: string;
}

export interface Connections {
  /** Resolves with the length of the answer. Rejects unless the status is 200 or 201. */
  call(method: string, path: string, body?: string): Promise<number>;
  close(): void;
}

export function openConnections({ url, token }: Target, count: number): Connections {
  const agent = new Agent({ keepAlive: true, maxSockets: count, rejectUnauthorized: false });
  return {
    async call(method, path, body = "") {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      };
      const request = httpsRequest(`${url}${path}`, { method, agent, headers });
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      let length = 0;
      for await (const chunk of response) length += (chunk as Buffer).length;
      const { statusCode = 0 } = response;
      if (statusCode !== 200 && statusCode !== 201) throw new Error(`${method} ${path}: ${statusCode}`);
      return length;
    },
    close: () => agent.destroy(),
  };
}

/** Sends `count` requests, as many at a time as there are connections; resolves with the milliseconds that they took. */
export async function sendAll(
  count: number,
  connections: number,
  send: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const worker = async () => {
    while (next < count) await send(next++);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  return performance.now() - start;
}

export interface Watcher {
  /** Resolves once so many events have come since the watch began. */
  reaches(events: number): Promise<void>;
  close(): void;
}

/** Resolves once the server has accepted the watch. */
export async function openWatcher({ url, token }: Target, path: string): Promise<Watcher> {
  const headers = { authorization: `Bearer ${token}` };
  const request = httpsRequest(`${url}${path}`, { headers, agent: false, rejectUnauthorized: false });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let seen = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let done = () => {};
  response.on("error", () => {});
  response.on("data", (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) seen += 1;
    if (seen >= wanted) done();
  });
  return {
    reaches(events) {
      wanted = events;
      return seen >= events ? Promise.resolve() : new Promise((resolve) => (done = resolve));
    },
    close: () => request.destroy(),
  };
}
