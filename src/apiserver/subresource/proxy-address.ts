/** What `[SCHEME:]NAME[:PORT]` in a proxy path means, and where it leads. Pure (apimachinery SplitSchemeNamePort). */
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";
import { badRequest, serviceUnavailable } from "../errors.ts";

export interface ProxyName {
  readonly scheme: "http" | "https";
  readonly name: string;
  /** A number, or the name of a port; "" for the only or first one. */
  readonly port: string;
}

export interface ProxyAddress {
  readonly host: string;
  readonly port: number;
}

/** Throws BadRequest for more than three parts, and for a scheme that is neither http nor https. */
export function parseProxyName(text: string): ProxyName {
  const parts = text.split(":");
  const [first = "", second = "", third = ""] = parts;
  if (parts.length === 1) return { scheme: "http", name: first, port: "" };
  if (parts.length === 2) return { scheme: "http", name: first, port: second };
  if (parts.length > 3 || (first !== "" && first !== "http" && first !== "https")) {
    throw badRequest(
      `invalid proxy request ${JSON.stringify(text)}: write NAME, NAME:PORT or https:NAME:PORT`,
    );
  }
  return { scheme: first === "https" ? "https" : "http", name: second, port: third };
}

/** Throws BadRequest for a pod without an address, and for a port that is none. */
export function podAddress(pod: Pod, port: string): ProxyAddress {
  const host = pod.status?.podIP;
  if (!host) throw badRequest(`pod "${pod.metadata.name}" has no address yet`);
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const found = port === "" ? ports[0] : ports.find(({ name }) => name === port);
  const number = found?.containerPort ?? (port === "" ? 80 : Number(port));
  if (!isPort(number)) throw badRequest(`pod "${pod.metadata.name}" has no port "${port}"`);
  return { host, port: number };
}

/** `choose` picks one of the ready endpoints. Throws ServiceUnavailable when there is none, or no such port. */
export function serviceAddress(
  { metadata, spec }: Service,
  slices: readonly EndpointSlice[],
  port: string,
  choose: (count: number) => number,
): ProxyAddress {
  const ports = spec.ports ?? [];
  const found =
    port === ""
      ? ports.length === 1
        ? ports[0]
        : undefined
      : ports.find((each) => each.name === port || String(each.port) === port);
  if (!found) throw serviceUnavailable(`no service port "${port}" found for service "${metadata.name}"`);
  const addresses = slices.flatMap((slice) => {
    const target = slice.ports?.find((each) => (each.name ?? "") === (found.name ?? ""));
    const number = target?.port;
    if (number === undefined) return [];
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses: hosts }) => hosts.slice(0, 1).map((host) => ({ host, port: number })));
  });
  const address = addresses[choose(addresses.length)];
  if (!address) throw serviceUnavailable(`no endpoints available for service "${metadata.name}"`);
  return address;
}

/**
 * Whether the server may connect there on a client's behalf: loopback and link-local addresses are the server's own machine
 * and its neighbours (CVE-2020-8562), except loopback in a cluster whose nodes have loopback addresses.
 */
export function isProxyable(host: string, nodesAreLoopback: boolean): boolean {
  const isLoopback = host.startsWith("127.") || host === "::1";
  const isLinkLocal = host.startsWith("169.254.") || /^fe[89ab]/i.test(host);
  return !isLinkLocal && (!isLoopback || nodesAreLoopback);
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 65_535;
}
