/** The keys by which frontends, backends and Service ports are known in tables, logs and metrics. */
import type { Backend, Family, FrontendKind, Protocol, ServicePortName } from "./forwarding-table.ts";
import { joinHostPort } from "./ip-address.ts";

/** `ClusterIP/IPv4/TCP/10.96.0.1:443`; without an address `NodePort/IPv4/TCP/*:30080`. */
export function frontendKey(
  kind: FrontendKind,
  family: Family,
  protocol: Protocol,
  address: string | undefined,
  port: number,
): string {
  return `${kind}/${family}/${protocol}/${joinHostPort(address ?? "*", port)}`;
}

/** `default/web:http`, for an unnamed port `default/web`. */
export function formatServicePortName({ namespace, name, port }: ServicePortName): string {
  return port === "" ? `${namespace}/${name}` : `${namespace}/${name}:${port}`;
}

/** Returns a Backend with its key: `backend("10.180.0.1", 8080, true)`. */
export function backend(address: string, port: number, local: boolean): Backend {
  return { key: joinHostPort(address, port), address, port, local };
}
