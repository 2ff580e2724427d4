/** Configuration files of the peers: one worker each, everything else as the packages have it. Pure. */
import { existsSync } from "node:fs";
import { bulkPort, httpPort, type Place } from "./addresses.ts";

const streamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";
const ports = [httpPort, bulkPort];

function nginx(directory: string, name: string, rest: string): string {
  return `worker_processes 1;
worker_rlimit_nofile 20000;
pid ${directory}/${name}.pid;
error_log ${directory}/${name}.log;
daemon off;
events { worker_connections 19900; }
${rest}`;
}

/** An HTTP server that answers three bytes. */
export function nginxHttp(directory: string, addresses: readonly string[]): string {
  const listens = addresses.map((address) => `listen ${address}:${httpPort} backlog=4096;`).join(" ");
  return nginx(
    directory,
    "http",
    `http { access_log off; keepalive_requests 100000000; server { ${listens} location / { return 200 "ok\\n"; } } }`,
  );
}

/** nginx's stream module; \`bufferSize\` sets proxy_buffer_size, which is 16k by default. */
export function nginxStream(directory: string, name: string, place: Place, bufferSize?: string): string {
  const buffer = bufferSize ? `proxy_buffer_size ${bufferSize};` : "";
  const servers = ports.map(
    (port) =>
      `server { listen ${place.node}:${port} backlog=4096; proxy_pass ${place.backend}:${port}; ${buffer} }`,
  );
  const load = existsSync(streamModule) ? `load_module ${streamModule};\n` : "";
  return load + nginx(directory, name, `stream { ${servers.join("\n")} }`);
}

export function haproxyTcp(place: Place): string {
  const proxies = ports.map(
    (port) => `listen port${port}
  bind ${place.node}:${port} backlog 4096
  server backend ${place.backend}:${port}`,
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
