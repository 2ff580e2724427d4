/** nginx's configuration, with its stream module. */
import { joinHostPort } from "../../forwarding/index.ts";
import { connectTimeoutSeconds, type ExportFrontend } from "./export-model.ts";

const head = `# nginx as open source has no active health checks: a node that fails a connection is left alone for 5 s, and the connection
# is tried with another. Health checks by HTTP, which externalTrafficPolicy: Local needs to find the nodes with endpoints, it has not at all.
include /etc/nginx/modules-enabled/*.conf;
worker_processes auto;

events {
    worker_connections 8192;
}

stream {
    proxy_connect_timeout ${connectTimeoutSeconds}s;
    proxy_timeout 1h;`;

/** All of them have backends. */
export function formatNginx(frontends: readonly ExportFrontend[]): string {
  return `${[head, ...frontends.map(section)].join("\n\n")}\n}`;
}

function section({ name, address, port, protocol, backends, proxyProtocol, sticky }: ExportFrontend): string {
  const udp = protocol === "UDP";
  return [
    `upstream ${name} {`,
    ...(sticky ? ["    hash $remote_addr consistent;"] : []),
    ...backends.map(
      (backend) =>
        `    server ${joinHostPort(backend.address, backend.port)} weight=${backend.weight} max_fails=1 fail_timeout=5s;`,
    ),
    "}",
    "",
    "server {",
    `    listen ${joinHostPort(address, port)}${udp ? " udp" : ""};`,
    `    proxy_pass ${name};`,
    // Without it, a flow lives until the time-out of a connection.
    ...(udp ? ["    proxy_timeout 30s;"] : []),
    ...(proxyProtocol && !udp ? ["    # Version 1: nginx sends no other.", "    proxy_protocol on;"] : []),
    "}",
  ]
    .map((line) => (line === "" ? "" : `    ${line}`))
    .join("\n");
}
