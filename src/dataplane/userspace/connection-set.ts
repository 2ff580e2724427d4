/** ConnectionSet: the TCP connections that are open, so that they can be counted, awaited and ended. */
import type { TcpConnection } from "./tcp-connection.ts";

export class ConnectionSet {
  readonly #connections = new Set<TcpConnection>();
  #onEmpty: (() => void) | undefined;

  get size(): number {
    return this.#connections.size;
  }

  add(connection: TcpConnection): void {
    this.#connections.add(connection);
  }

  remove(connection: TcpConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  resetAll(): void {
    for (const connection of this.#connections) connection.reset();
  }

  visit(each: (connection: TcpConnection) => void): void {
    for (const connection of this.#connections) each(connection);
  }

  /** Resets those that came in by the frontend and are led to none of the `established` backends. */
  resetOthers(frontend: string, established: readonly string[]): void {
    const keys = new Set(established);
    for (const connection of this.#connections) connection.leave(frontend, keys);
  }

  /** Resolves when no connection is left. */
  async emptied(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
