/** Takes over the connections that a server accepts. */
import { type Server, Socket, type SocketConstructorOpts } from "node:net";
import type { RelayWay } from "./relay-way.ts";

/** What Node keeps behind a server (lib/net.js, unchanged in this since Node 0.12): not documented, hence all optional. */
interface ListeningHandle {
  readonly fd?: number;
  onconnection?: (status: number, client?: object) => void;
}

type OnClient = (client: Socket, way: RelayWay) => void;

/**
 * Calls `onClient` with each accepted socket, paused, and the way that its bytes are read with.
 *
 * PERF: a socket can read into buffers of ours only if it is told so when it is made, and `net.Server` has no option for
 * that. So the server's handle is asked directly; where Node has none of the known shape, the server's own sockets do,
 * with an allocation per read.
 */
export function takeConnections(server: Server, makeWay: () => RelayWay, onClient: OnClient): void {
  const handle = listeningHandle(server);
  if (typeof handle?.onconnection !== "function") {
    server.on("connection", (client) => {
      const way = makeWay();
      way.readEventsOf(client);
      onClient(client, way);
    });
    return;
  }
  handle.onconnection = (status, client) => {
    if (status !== 0 || !client) return;
    const way = makeWay();
    const options = { handle: client, allowHalfOpen: true, pauseOnCreate: true, onread: way.onread };
    onClient(new Socket(options as SocketConstructorOpts), way);
  };
}

/** Returns the listening socket's file descriptor; undefined where Node does not tell. */
export function fileDescriptorOf(server: Server): number | undefined {
  const fd = listeningHandle(server)?.fd;
  return fd !== undefined && fd >= 0 ? fd : undefined;
}

function listeningHandle(server: Server): ListeningHandle | undefined {
  return (server as { _handle?: ListeningHandle })._handle;
}
