/** Clients with real sockets, as `TestClient` describes them. */
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import type { Answer, Outcome, Place, TestClient, TestConnection, TestFlow } from "./conformance-harness.ts";

/** How long a client waits for an answer before it calls the other side silent, unless told. */
const defaultPatienceMs = 250;

/** A client that sends from this address of the machine; `nextPort` names its ports, else the system does. */
export function createSocketClient(address: string, nextPort = () => 0): TestClient {
  return {
    address,
    connect: (to, patienceMs = defaultPatienceMs, ownPort = nextPort()) =>
      connectTcp(to, { address, port: ownPort }, patienceMs),
    openFlow: (to) => openFlow(to, { address, port: nextPort() }),
  };
}

async function connectTcp(
  to: Place,
  from: Place,
  patienceMs: number,
): Promise<{ readonly outcome: Outcome; readonly connection?: TestConnection }> {
  const socket = connect({
    host: to.address,
    port: to.port,
    localAddress: from.address,
    localPort: from.port,
    allowHalfOpen: true,
    noDelay: true,
  });
  const reader = new Reader(socket);
  const greeting = await Promise.race([reader.line(), quiet(patienceMs)]);
  if (typeof greeting === "string") {
    socket.destroy();
    return { outcome: greeting };
  }
  const [backend = "", saw = ""] = greeting.line.split(" ");
  return { outcome: "reply", connection: connectionOn(socket, reader, { backend, saw }) };
}

function connectionOn(
  socket: Socket,
  reader: Reader,
  greeting: Pick<TestConnection, "backend" | "saw">,
): TestConnection {
  return {
    ...greeting,
    async echo(text) {
      socket.write(text);
      return String(await reader.take(Buffer.byteLength(text)));
    },
    async finish(bytes) {
      socket.end(bytes);
      return await reader.rest();
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        if (socket.closed) resolve();
        else socket.once("close", () => resolve());
      });
      socket.destroy();
      await closed;
    },
  };
}

function quiet(patienceMs: number): Promise<"silent"> {
  return new Promise((resolve) => {
    setTimeout(resolve, patienceMs, "silent").unref();
  });
}

/** Collects what a socket receives, for those who wait for a line, a number of bytes, or the end. */
class Reader {
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #error: Error | undefined;
  #check: () => void = () => {};

  constructor(socket: Socket) {
    socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#check();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#check();
    });
    socket.on("error", (error) => {
      this.#error = error;
      this.#check();
    });
    socket.on("close", () => {
      this.#error ??= this.#ended ? undefined : new Error("The connection was closed");
      this.#check();
    });
  }

  /** The first line, or why the connection ended before it was complete. */
  line(): Promise<{ readonly line: string } | "refused" | "unreachable"> {
    return this.#when(() => {
      const end = this.#all().indexOf("\n");
      if (end >= 0) return { line: String(this.#remove(end + 1)).trimEnd() };
      if (this.#error) return outcomeOf(this.#error);
      return this.#ended ? "refused" : undefined;
    });
  }

  take(length: number): Promise<Buffer> {
    return this.#when(() => {
      if (this.#length >= length) return this.#remove(length);
      this.#throwIfBroken();
      if (this.#ended) throw new Error(`The connection ended ${length - this.#length} bytes too early`);
      return undefined;
    });
  }

  rest(): Promise<Buffer> {
    return this.#when(() => {
      if (this.#ended) return this.#remove(this.#length);
      this.#throwIfBroken();
      return undefined;
    });
  }

  #throwIfBroken(): void {
    if (this.#error) throw this.#error;
  }

  #when<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#check = () => {
        try {
          const result = look();
          if (result === undefined) return;
          this.#check = () => {};
          resolve(result);
        } catch (error) {
          reject(error as Error);
        }
      };
      this.#check();
    });
  }

  #all(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #remove(length: number): Buffer {
    const all = this.#all();
    this.#chunks = [all.subarray(length)];
    this.#length -= length;
    return all.subarray(0, length);
  }
}

/** The socket is connected, so that the kernel tells it of an ICMP port unreachable. */
async function openFlow(to: Place, from: Place): Promise<TestFlow> {
  const socket = createSocket(to.address.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(from, () => {
      socket.connect(to.port, to.address, () => {
        socket.off("error", reject);
        socket.on("error", () => {});
        resolve();
      });
    });
  });
  return {
    ask: (text, patienceMs = defaultPatienceMs) => ask(socket, text, patienceMs),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** An answer says which question it is for: late ones to earlier questions are passed over. */
function ask(socket: DatagramSocket, text: string, patienceMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (result: Answer) => {
      clearTimeout(timer);
      socket.off("message", onMessage);
      socket.off("error", onError);
      resolve(result);
    };
    const onMessage = (message: Buffer) => {
      const [backend = "", saw = "", ...rest] = String(message).split(" ");
      if (rest.join(" ") === text) end({ outcome: "reply", backend, saw });
    };
    const onError = (error: Error) => end({ outcome: outcomeOf(error) });
    const timer = setTimeout(() => end({ outcome: "silent" }), patienceMs);
    socket.on("message", onMessage);
    socket.on("error", onError);
    socket.send(text, (error) => {
      // EPERM: the sender's own machine drops it, and may tell why in an ICMP error of its own.
      if (error && (error as NodeJS.ErrnoException).code !== "EPERM") onError(error);
    });
  });
}

/** ICMP "port unreachable" is ECONNREFUSED; net and host unreachable and "administratively prohibited" are not. */
function outcomeOf(error: Error): "refused" | "unreachable" {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EHOSTUNREACH" || code === "ENETUNREACH" || code === "EACCES" ? "unreachable" : "refused";
}
