/** HAProxy's configuration (2.4 and later). */
import { joinHostPort } from "../../forwarding/index.ts";
import { checks, connectTimeoutSeconds, type ExportFrontend } from "./export-model.ts";

const head = `defaults
    mode tcp
    timeout connect ${connectTimeoutSeconds}s
    timeout client 1h
    timeout server 1h
    timeout check ${checks.timeoutMs}ms
    retries 3
    # A node that does not answer costs a client one attempt, not the connection.
    option redispatch 1
    default-server inter ${checks.intervalMs}ms rise ${checks.rise} fall ${checks.fall}`;

/** All of them have backends. */
export function formatHaproxy(frontends: readonly ExportFrontend[]): string {
  const tcp = frontends.filter(({ protocol }) => protocol === "TCP");
  const udp = frontends.filter(({ protocol }) => protocol === "UDP");
  const leftOut = udp.map(({ name }) => `# Left out, since HAProxy does not forward UDP: ${name}`);
  return [...leftOut, head, ...tcp.map(section)].join("\n\n");
}

function section({
  name,
  address,
  port,
  backends,
  healthCheck,
  proxyProtocol,
  sticky,
}: ExportFrontend): string {
  const http = healthCheck.kind === "http";
  return [
    `frontend ${name}`,
    `    bind ${joinHostPort(address, port)}`,
    `    default_backend ${name}`,
    "",
    `backend ${name}`,
    `    balance ${sticky ? "source" : "roundrobin"}`,
    ...(sticky ? ["    hash-type consistent"] : []),
    ...(http
      ? [
          "    option httpchk",
          `    http-check send meth GET uri ${healthCheck.path}`,
          "    http-check expect status 200",
        ]
      : []),
    ...backends.map((backend) =>
      [
        `    server ${backend.name} ${joinHostPort(backend.address, backend.port)} weight ${backend.weight} check`,
        ...(http ? [`port ${healthCheck.port}`] : []),
        ...(proxyProtocol ? [proxyProtocol === "v1" ? "send-proxy" : "send-proxy-v2"] : []),
      ].join(" "),
    ),
  ].join("\n");
}
