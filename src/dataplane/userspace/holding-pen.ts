/** HoldingPen: clients that get no answer, where the kernel cannot be told to drop them. */
import type { Socket } from "node:net";
import type { Clock } from "../../lib/clock.ts";
import type { Limits } from "./limits.ts";

/** Keeps sockets open, unread, for a while; when it is full the first one leaves early. */
export class HoldingPen {
  readonly #clock: Clock;
  readonly #limits: Pick<Limits, "heldClients" | "heldMs">;
  readonly #held = new Set<Socket>();

  constructor(clock: Clock, limits: Pick<Limits, "heldClients" | "heldMs">) {
    this.#clock = clock;
    this.#limits = limits;
  }

  hold(socket: Socket): void {
    this.#held.add(socket);
    const cancel = this.#clock.after(this.#limits.heldMs, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => {
      cancel();
      this.#held.delete(socket);
    });
    if (this.#held.size > this.#limits.heldClients) {
      for (const first of this.#held) {
        this.#held.delete(first);
        first.destroy();
        break;
      }
    }
  }

  clear(): void {
    for (const socket of this.#held) socket.destroy();
  }
}
