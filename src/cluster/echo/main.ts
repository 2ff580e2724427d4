/** Entry of the built-in image porthole/echo: `[--port N] [--proxy-protocol]`, PORT and POD_IP from the environment. */
import { startEcho } from "./echo-server.ts";
import { readIdentity } from "./identity.ts";

const defaultPort = 8080;
const lingerMs = 200;

const args = process.argv.slice(2);
const portArgument = args.includes("--port") ? args[args.indexOf("--port") + 1] : undefined;
const port = Number(portArgument ?? process.env.PORT ?? defaultPort);
const address = process.env.POD_IP ?? "127.0.0.1";

try {
  const server = await startEcho({
    address,
    port,
    identity: readIdentity(process.env),
    proxyProtocol: args.includes("--proxy-protocol"),
  });
  console.log(`porthole/echo answers HTTP, TCP and UDP on ${address}:${server.port}`);
  process.once("SIGTERM", () => {
    void server.close(lingerMs).finally(() => process.exit(0));
  });
} catch (error) {
  console.error(`porthole/echo: cannot listen on ${address}:${port}: ${(error as Error).message}`);
  process.exit(1);
}
