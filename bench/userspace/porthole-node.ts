/** The userspace dataplane as a process of its own: `node porthole-node.ts NODE BACKEND PORT…`. */
import { createUserspaceDataplane } from "../../src/dataplane/index.ts";
import { backend, type Frontend, frontendKey } from "../../src/forwarding/index.ts";
import { createLogger } from "../../src/lib/create-logger.ts";

const [node = "", backendAddress = "", ...ports] = process.argv.slice(2);
const frontends = ports.map(Number).map((port): Frontend => {
  const target = { kind: "forward", backends: [backend(backendAddress, port, true)] } as const;
  return {
    key: frontendKey("NodePort", "IPv4", "TCP", undefined, port),
    kind: "NodePort",
    family: "IPv4",
    protocol: "TCP",
    port,
    service: { namespace: "default", name: "bench", port: String(port) },
    external: target,
    internal: target,
    masquerade: true,
  };
});
const { problems } = await createUserspaceDataplane({ log: createLogger("bench", "warn") }).apply({
  node: "bench",
  nodePortAddresses: [node],
  nodeAddresses: [node],
  podCIDRs: [],
  frontends: new Map(frontends.map((frontend) => [frontend.key, frontend])),
});
if (problems.length > 0) process.exit(1);
