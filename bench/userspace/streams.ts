/** The load generator for bulk throughput and idle connections, in the bench's own process. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { bulkPort } from "./addresses.ts";

const landing = Buffer.allocUnsafeSlow(1 << 20);
const chunk = Buffer.alloc(1 << 18, "x");

/**
 * Moves as much as possible for `seconds` and returns bytes per second, counted where they arrive for "down" and where
 * the kernel took them for "up". The first 200 ms are not counted.
 */
export async function moveBytes(
  address: string,
  way: "down" | "up",
  streams: number,
  seconds: number,
): Promise<number> {
  let bytes = 0;
  const sockets = Array.from({ length: streams }, () =>
    way === "down"
      ? download(address, (size) => {
          bytes += size;
        })
      : upload(address, (size) => {
          bytes += size;
        }),
  );
  await sleep(200);
  const [bytesBefore, before] = [bytes, performance.now()];
  await sleep(seconds * 1000);
  const rate = ((bytes - bytesBefore) / (performance.now() - before)) * 1000;
  await closeAll(sockets);
  return rate;
}

function download(address: string, count: (size: number) => void): Socket {
  const callback = (size: number) => {
    count(size);
    return true;
  };
  const socket = connect({ host: address, port: bulkPort, onread: { buffer: landing, callback } });
  socket.on("error", () => {});
  socket.write("S");
  return socket;
}

function upload(address: string, count: (size: number) => void): Socket {
  const socket = connect({ host: address, port: bulkPort });
  socket.on("error", () => {});
  socket.write("D");
  const written = () => count(chunk.length);
  const more = () => {
    let going = true;
    while (going) going = !socket.destroyed && socket.write(chunk, written);
  };
  socket.on("connect", more);
  socket.on("drain", more);
  return socket;
}

/** Opens `count` connections, sends a byte over each and waits for the echo, runs `measure`, closes them. */
export async function withIdleConnections<T>(
  address: string,
  count: number,
  measure: () => Promise<T>,
): Promise<T> {
  const sockets: Socket[] = [];
  const openSome = async () => {
    while (sockets.length < count) {
      const socket = connect({ host: address, port: bulkPort });
      sockets.push(socket);
      socket.write("E");
      await once(socket, "data");
      socket.on("error", () => {});
    }
  };
  try {
    await Promise.all(Array.from({ length: 50 }, openSome));
    await sleep(1000);
    return await measure();
  } finally {
    await closeAll(sockets);
  }
}

async function closeAll(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(
    sockets.map(async (socket) => {
      if (socket.closed) return;
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
    }),
  );
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
