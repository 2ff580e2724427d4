/** Real servers that say their name, as `TestBackend` describes them. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Family } from "../forwarding/index.ts";
import type { TestBackend, TestProtocol } from "./conformance-harness.ts";

export interface RunningBackend extends Omit<TestBackend, "local"> {
  close(): Promise<void>;
}

export function startBackend(
  name: string,
  protocol: TestProtocol,
  family: Family,
  address: string,
  port = 0,
): Promise<RunningBackend> {
  return protocol === "TCP" ? startTcp(name, address, port) : startUdp(name, family, address, port);
}

async function startTcp(name: string, address: string, wantedPort: number): Promise<RunningBackend> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.write(`${name} ${socket.remoteAddress}\n`);
    socket.pipe(socket);
  });
  server.listen({ host: address, port: wantedPort });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    name,
    protocol: "TCP",
    address,
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function startUdp(
  name: string,
  family: Family,
  address: string,
  wantedPort: number,
): Promise<RunningBackend> {
  const socket = createSocket(family === "IPv4" ? "udp4" : "udp6");
  socket.on("message", (message, from) => {
    socket.send(`${name} ${from.address} ${message}`, from.port, from.address);
  });
  socket.on("error", () => {});
  socket.bind({ address, port: wantedPort });
  await once(socket, "listening");
  const { port } = socket.address();
  return {
    name,
    protocol: "UDP",
    address,
    port,
    async close() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
