/** Shares the addresses of the routers that the first argument holds, as JSON, and prints each new state. */
import { createLogger } from "../../../lib/create-logger.ts";
import { runVrrp } from "../index.ts";

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const vrrp = await runVrrp({
  interface: "eth0",
  routers: JSON.parse(process.argv[2] ?? "[]"),
  log: createLogger("vrrp", "warn"),
  signal: stop.signal,
  onState: ({ state }) => process.stdout.write(`${state}\n`),
});
await vrrp.ended;
