/** Pods that are processes of this machine, for an API server that refuses their addresses. */
import type { ApiClient } from "../../client/index.ts";

/**
 * Returns a client that reads one address as another: Kubernetes allows no endpoint on a loopback address, and a test has
 * no other.
 */
export function withPodAt(client: ApiClient, written: string, read: string): ApiClient {
  const translate = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(written, read));
  return {
    ...client,
    list: async (...args) => translate(await client.list(...args)),
    async *watch(...args) {
      for await (const event of client.watch(...args)) yield translate(event);
    },
  };
}
