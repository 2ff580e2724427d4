/** Answers connections to PORT, PORT + 1, … PORT + COUNT - 1 with the port's number, until its standard input ends. */
import { createServer } from "node:net";

const [first = 0, count = 0] = process.argv.slice(2).map(Number);
for (let port = first; port < first + count; port++) {
  createServer((socket) => {
    socket.on("error", () => {});
    socket.end(String(port));
  }).listen({ port, host: "0.0.0.0", backlog: 1024 });
}
process.stdin.resume().once("end", () => process.exit(0));
