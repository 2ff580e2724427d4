/** Nodes for tests: servers on loopback addresses that say who they are, and clients that ask. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface TestNode {
  readonly address: string;
  /** Takes no more connections and ends those that there are. */
  stop(): Promise<void>;
}

/** A server at the address and port that says the address to whoever connects, and then what it hears. */
export async function startNode(address: string, port: number): Promise<TestNode> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.write(address);
    socket.pipe(socket);
  }).listen(port, address);
  await once(server, "listening");
  return {
    address,
    async stop() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await once(server, "close");
    },
  };
}

/** Connects, and resolves with who answers; rejects with the socket's error. */
export async function whoAnswers(address: string, port: number, from?: string): Promise<string> {
  const socket = connect({ host: address, port, ...(from !== undefined && { localAddress: from }) });
  try {
    const [data] = (await once(socket, "data")) as [Buffer];
    return data.toString();
  } finally {
    socket.destroy();
  }
}

/** Asks until somebody answers so. */
export async function untilAnswers(
  address: string,
  port: number,
  isRight: (answer: string) => boolean,
): Promise<void> {
  for (;;) {
    const answer = await whoAnswers(address, port).catch((error: NodeJS.ErrnoException) => error.code ?? "");
    if (isRight(answer)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
