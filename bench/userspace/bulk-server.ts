/**
 * The backend for bulk and idle connections, a process of its own: `node bulk-server.ts PORT ADDRESS…`.
 * A connection's first byte says what it wants: S (send me bytes for ever), D (discard mine), E (echo).
 */
import { createServer, type Socket } from "node:net";

const [port = "", ...addresses] = process.argv.slice(2);
const chunk = Buffer.alloc(1 << 18, "x");

function flood(socket: Socket): void {
  const more = () => {
    let going = true;
    while (going) going = !socket.destroyed && socket.write(chunk);
  };
  socket.on("drain", more);
  more();
}

function serve(socket: Socket): void {
  socket.on("error", () => {});
  socket.setNoDelay(true);
  socket.once("data", (first) => {
    switch (String(first.subarray(0, 1))) {
      case "S":
        return flood(socket);
      case "D":
        return socket.resume();
      default:
        socket.write(first);
        return socket.pipe(socket);
    }
  });
}

for (const address of addresses)
  createServer(serve).listen({ port: Number(port), host: address, backlog: 4096 });
