/** Runs on the node of bench iptables-sync: connects to an address many times, one after the other, and prints the median in microseconds. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { median } from "../frame/numbers.ts";

const [address = "", port = "", backend = "", backendPort = "", count = ""] = process.argv.slice(2);

const server = createServer((socket) => socket.destroy());
server.listen({ host: backend, port: Number(backendPort), backlog: 4_096 });
await once(server, "listening");
const times: number[] = [];
for (let turn = 0; turn < Number(count); turn++) {
  const start = process.hrtime.bigint();
  const socket = connect({ host: address, port: Number(port) });
  await once(socket, "connect");
  times.push(Number(process.hrtime.bigint() - start) / 1_000);
  socket.on("error", () => {});
  socket.destroy();
}
server.close();
console.log(median(times));
