/** What a Service's status is to say. Pure. */
import type { LoadBalancerIngress, Service } from "../../api/service.ts";
import type { Problem } from "../../dataplane/index.ts";
import { familyOf, frontendKey } from "../../forwarding/index.ts";
import type { BalancedPort } from "./balanced-service.ts";

/** `Proxy`: what arrives at a node is addressed to the node's own address and NodePort (KEP-1860). */
const ipMode = "Proxy";

const errors: Partial<Readonly<Record<Problem["code"], string>>> = {
  "address-in-use": "porthole.dev/AddressInUse",
  "permission-denied": "porthole.dev/PermissionDenied",
  "not-supported": "porthole.dev/ProtocolNotSupported",
  failed: "porthole.dev/Failed",
};

/**
 * An entry for each address; where a port of it is not served, one for each of its ports, with the error. That an address is not on this
 * machine is no error: another balancer may have it.
 */
export function wantedIngress(
  addresses: readonly string[],
  ports: readonly BalancedPort[],
  problems: ReadonlyMap<string, Problem["code"]>,
): readonly LoadBalancerIngress[] {
  return addresses.map((ip) => {
    const family = familyOf(ip) ?? "IPv4";
    const entries = ports.map(({ protocol, port, nodePort }) => {
      const code = problems.get(frontendKey("LoadBalancerIP", family, protocol, ip, port));
      const error = nodePort === undefined ? "porthole.dev/NoNodePort" : code && errors[code];
      return { port, protocol, ...(error && { error }) };
    });
    return { ip, ipMode, ...(entries.some(({ error }) => error) && { ports: entries }) };
  });
}

export function isSameIngress(service: Service, wanted: readonly LoadBalancerIngress[]): boolean {
  return text(service.status?.loadBalancer?.ingress ?? []) === text(wanted);
}

function text(ingress: readonly LoadBalancerIngress[]): string {
  return JSON.stringify(
    ingress.map(({ ip, hostname, ipMode, ports }) => [
      ip,
      hostname,
      ipMode,
      ports?.map(({ port, protocol, error }) => [port, protocol, error]),
    ]),
  );
}
