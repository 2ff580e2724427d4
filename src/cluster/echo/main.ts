/** Entry of the built-in image porthole/echo: `[--port N] [--proxy-protocol]`, PORT, POD_IP, PORTHOLE_LISTEN_ADDRESS and PORTHOLE_READY_FILE from the environment. */
import { writeFileSync } from "node:fs";
import { parseEchoArguments } from "./arguments.ts";
import { startEcho } from "./echo-server.ts";
import { readIdentity } from "./identity.ts";

/** When nobody has come for so long, nodes have heard that this pod ends; until then they lead new connections here. */
const lingerMs = 200;

const podIP = process.env.POD_IP ?? "127.0.0.1";
const address = process.env.PORTHOLE_LISTEN_ADDRESS ?? podIP;
try {
  const { port, proxyProtocol } = parseEchoArguments(process.argv.slice(2), process.env.PORT);
  const server = await startEcho({ address, port, identity: readIdentity(process.env), proxyProtocol });
  process.once("SIGTERM", () => {
    void server.close(lingerMs).finally(() => process.exit(0));
  });
  const readyFile = process.env.PORTHOLE_READY_FILE;
  if (readyFile) writeFileSync(readyFile, "");
  console.log(`porthole/echo answers HTTP, TCP and UDP on ${podIP}:${port}`);
} catch (error) {
  console.error(`porthole/echo: ${(error as Error).message}`);
  process.exit(1);
}
