/**
 * `fault-client.ts ADDRESS:PORT…`: asks each place every 10 ms on a new connection, and as often on one that is kept. A line on standard
 * input, `MIN-MS QUIET-MS`, begins a window; it ends after MIN-MS at least, when nothing has failed for QUIET-MS, and its reports are
 * printed as JSON, one for each place in order. Ends with its standard input.
 */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { Window } from "./measure-window.ts";

const everyMs = 10;
const timeoutMs = 2000;
/** An answer that takes so long is trouble that is not over yet. */
const longMs = 250;
const mostMs = 20_000;

function openSocket(place: string): Socket {
  const [host = "", port = ""] = place.split(":");
  return connect({ host, port: Number(port), noDelay: true }).setEncoding("latin1");
}

const request = (connection: string) => `GET / HTTP/1.1\r\nHost: web\r\nConnection: ${connection}\r\n\r\n`;

/** Whether the whole answer is there, by its Content-Length. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  return head >= 0 && text.length >= head + 4 + length;
}

/** Sends a request and resolves with why it failed, or undefined. */
function exchange(socket: Socket, connection: "close" | "keep-alive"): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const done = (failure: string | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => {});
      if (failure !== undefined || connection === "close" || /^connection: close/im.test(text))
        socket.destroy();
      resolve(failure);
    };
    const timer = setTimeout(() => done("no answer in time"), timeoutMs);
    socket.on("data", (part: string) => {
      text += part;
      if (isWhole(text)) done(text.startsWith("HTTP/1.1 200 ") ? undefined : text.slice(0, 20));
    });
    socket.on("error", ({ message }) => done(message.replace(/ [\d.]+:\d+.*/, "")));
    socket.on("close", () => done("closed without an answer"));
    socket.write(request(connection));
  });
}

const places = process.argv.slice(2).map((place) => ({ place, window: new Window() }));

for (const target of places) {
  let kept: Socket | undefined;
  let isBusy = false;
  setInterval(async () => {
    const ended = target.window.begin(false);
    ended(await exchange(openSocket(target.place), "close"));
  }, everyMs);
  setInterval(async () => {
    if (isBusy) return;
    isBusy = true;
    if (!kept || kept.destroyed || kept.readyState !== "open") kept = openSocket(target.place);
    const ended = target.window.begin(true);
    ended(await exchange(kept, "keep-alive"));
    isBusy = false;
  }, everyMs);
}

async function measure(minMs: number, quietMs: number): Promise<void> {
  const startedAt = performance.now();
  for (const target of places) target.window = new Window();
  const isOver = () => {
    const now = performance.now();
    if (now - startedAt < minMs) return false;
    return places.every(({ window }) => now - window.troubleAt(longMs) > quietMs) || now - startedAt > mostMs;
  };
  while (!isOver()) await new Promise((resolve) => setTimeout(resolve, everyMs));
  console.log(JSON.stringify(places.map(({ window }) => window.report())));
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [minMs = 0, quietMs = 0] = line.split(" ").map(Number);
    void measure(minMs, quietMs);
  })
  .on("close", () => process.exit(0));
