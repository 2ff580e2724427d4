/** Ends a connection so that the peer sees that it failed, not that it is complete. */
import type { Socket } from "node:net";

/**
 * Sends a TCP reset where that can be, and closes in any case. NOTE: libuv refuses to reset while a shutdown is under way
 * (uv_tcp_close_reset gives EINVAL), and Node then never closes the socket; by then all was said, and closing is right.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const isShuttingDown = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
  if (socket.connecting || isShuttingDown) socket.destroy();
  else socket.resetAndDestroy();
}
