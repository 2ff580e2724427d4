/** PublishedPorts: listeners on the host that lead into a rootless cluster. */
import { type AddressInfo, createServer, type Server } from "node:net";
import type { PublishedPort } from "./messages.ts";
import { relay } from "./relay.ts";

export class PublishedPorts {
  readonly #relayPath: string;
  readonly #servers = new Map<string, Promise<Server | undefined>>();

  constructor(relayPath: string) {
    this.#relayPath = relayPath;
  }

  /** Listens on these and no others; resolves with the ports, undefined where one is taken. */
  async set(ports: readonly PublishedPort[]): Promise<readonly (number | undefined)[]> {
    const wanted = new Map(ports.map((port) => [JSON.stringify(port), port]));
    for (const key of [...this.#servers.keys()].filter((known) => !wanted.has(known))) this.#close(key);
    for (const [key, port] of wanted) if (!this.#servers.has(key)) this.#servers.set(key, this.#listen(port));
    return Promise.all(
      ports.map(async (port) => {
        const key = JSON.stringify(port);
        const server = await this.#servers.get(key);
        // Whoever holds it may be gone by the next time.
        if (!server) this.#servers.delete(key);
        return (server?.address() as AddressInfo | null | undefined)?.port;
      }),
    );
  }

  close(): void {
    for (const key of [...this.#servers.keys()]) this.#close(key);
  }

  #close(key: string): void {
    void this.#servers.get(key)?.then((server) => server?.close());
    this.#servers.delete(key);
  }

  #listen({ listenAddress, listenPort, address, port }: PublishedPort): Promise<Server | undefined> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      relay(socket, this.#relayPath, address, port),
    );
    return new Promise((resolve) => {
      server.once("error", () => resolve(undefined));
      server.listen({ host: listenAddress, port: listenPort }, () => resolve(server));
    });
  }
}
