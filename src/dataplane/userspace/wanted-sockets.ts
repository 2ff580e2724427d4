/** Which sockets a ForwardingTable asks for. Pure. */
import { type ForwardingTable, type Frontend, familyOf, joinHostPort } from "../../forwarding/index.ts";
import type { Problem } from "../dataplane.ts";
import { needsSocket } from "./admission.ts";

export interface WantedSocket {
  /** `TCP/127.0.1.1:30080` */
  readonly key: string;
  readonly frontend: Frontend;
  readonly protocol: "TCP" | "UDP";
  readonly address: string;
}

export interface WantedSockets {
  readonly sockets: ReadonlyMap<string, WantedSocket>;
  readonly problems: readonly Problem[];
}

/**
 * Lists the sockets by key. A frontend that rejects everybody has none, so that the kernel refuses its clients. An
 * address of a Service goes before a node port with the same address and number.
 */
export function listWantedSockets(table: ForwardingTable): WantedSockets {
  const claimed = new Map<string, WantedSocket>();
  const problems: Problem[] = [];
  const all = [...table.frontends.values()];
  for (const frontend of [
    ...all.filter(({ kind }) => kind !== "NodePort"),
    ...all.filter(({ kind }) => kind === "NodePort"),
  ]) {
    const { protocol } = frontend;
    const unsupported = whyNotSupported(frontend);
    if (unsupported) problems.push({ frontend: frontend.key, code: "not-supported", message: unsupported });
    if (unsupported || protocol === "SCTP") continue;
    for (const address of addressesOf(table, frontend)) {
      const key = `${protocol}/${joinHostPort(address, frontend.port)}`;
      const other = claimed.get(key);
      if (other) problems.push(taken(frontend, address, other.frontend));
      else claimed.set(key, { key, frontend, protocol, address });
    }
  }
  const sockets = new Map([...claimed].filter(([, { frontend }]) => needsSocket(frontend)));
  return { sockets, problems };
}

function addressesOf(table: ForwardingTable, { address, family }: Frontend): readonly string[] {
  if (address !== undefined) return [address];
  return table.nodePortAddresses.filter((candidate) => familyOf(candidate) === family);
}

function whyNotSupported({ protocol, proxyProtocol }: Frontend): string | undefined {
  if (protocol === "SCTP")
    return "SCTP needs a kernel dataplane: the userspace dataplane carries TCP and UDP";
  if (protocol === "UDP" && proxyProtocol) {
    return "The PROXY protocol is for TCP ports: remove the annotation or the UDP port from the Service";
  }
  return undefined;
}

function taken(frontend: Frontend, address: string, by: Frontend): Problem {
  return {
    frontend: frontend.key,
    address,
    code: "address-in-use",
    message: `Cannot listen on ${joinHostPort(address, frontend.port)} for ${frontend.key}: it belongs to ${by.key}, which goes first`,
  };
}
