/** Leads connections between the host and the inside of a rootless cluster, over a unix socket that begins each with its target. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** Longer than any address and port; what has no line end by then is none of ours. */
const longestTarget = 64;

/** Inside: listens on the unix socket and connects to what the other side names. */
export async function serveRelay(path: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    readTarget(socket, (host, port) =>
      join(socket, connect({ host, port, allowHalfOpen: true, noDelay: true })),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return server;
}

/** Outside: leads a connection to an address inside. */
export function relay(socket: Socket, path: string, address: string, port: number): void {
  const inside = connect({ path, allowHalfOpen: true });
  inside.write(`${address} ${port}\n`);
  join(socket, inside);
}

/** Each side may end its half first; an error of one ends the other. */
function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroySoon());
    from.pipe(to);
  }
}

function readTarget(socket: Socket, onTarget: (host: string, port: number) => void): void {
  let head = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\n");
    if (end < 0 && head.length <= longestTarget) return;
    socket.off("data", read);
    socket.pause();
    const match = /^([\da-fA-F.:]+) (\d{1,5})$/.exec(head.toString("latin1", 0, Math.max(end, 0)));
    if (!match) {
      socket.destroy();
      return;
    }
    socket.unshift(head.subarray(end + 1));
    onTarget(match[1] ?? "", Number(match[2]));
  };
  socket.on("error", () => socket.destroy());
  socket.on("data", read);
}
