/** Configuration files of the balancers that are compared: one worker each, three nodes, everything else as the packages have it. Pure. */
import { existsSync } from "node:fs";
import { bulkPort, httpPort } from "../userspace/addresses.ts";
import type { LabPlace } from "./lab.ts";

const streamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";
const ports = [httpPort, bulkPort];

/** Of `porthole lb --config`. */
export function portholeConfig({ address, nodes }: LabPlace): string {
  const frontends = ports.map((port) => ({ name: `port-${port}`, address, port, nodePort: port }));
  return JSON.stringify({ nodes, frontends });
}

export function nginxStreamConfig({ address, nodes }: LabPlace, directory: string): string {
  const servers = ports.map(
    (port) => `upstream nodes${port} { ${nodes.map((node) => `server ${node}:${port};`).join(" ")} }
  server { listen ${address}:${port} backlog=4096; proxy_pass nodes${port}; }`,
  );
  return `${existsSync(streamModule) ? `load_module ${streamModule};\n` : ""}worker_processes 1;
worker_rlimit_nofile 20000;
pid ${directory}/balancer.pid;
error_log ${directory}/balancer.log;
daemon off;
events { worker_connections 19900; }
stream { ${servers.join("\n")} }
`;
}

export function haproxyTcpConfig({ address, nodes }: LabPlace): string {
  const proxies = ports.map(
    (port) => `listen port${port}
  bind ${address}:${port} backlog 4096
${nodes.map((node, index) => `  server node${index + 1} ${node}:${port} check`).join("\n")}`,
  );
  return `global
  nbthread 1
  maxconn 9900
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
${proxies.join("\n")}
`;
}
