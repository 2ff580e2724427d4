/** Reads what `porthole trace` is asked: `ADDRESS:PORT`, and where the packet comes from. */
import { canonicalAddress, splitHostPort } from "../../forwarding/index.ts";
import type { TraceSource } from "./trace.ts";

const highestPort = 65_535;

/** Throws RangeError that says how to write it. */
export function parseDestination(text: string): { readonly address: string; readonly port: number } {
  const parts = splitHostPort(text);
  const address = parts && canonicalAddress(parts.address);
  if (!parts || address === undefined || parts.port < 1 || parts.port > highestPort) {
    throw new RangeError(
      `"${text}" is no ADDRESS:PORT: write an IP address and a port, such as 192.0.2.1:30080 or [2001:db8::1]:30080`,
    );
  }
  return { address, port: parts.port };
}

/** An address, or `pod/NAME`, `pod/NAMESPACE/NAME`; `namespace` is for a pod's name alone. Throws RangeError that says how to write it. */
export function parseSource(text: string, namespace: string): TraceSource {
  const pod = /^pods?\/(?:([^/]+)\/)?([^/]+)$/.exec(text);
  if (pod?.[2]) return { kind: "pod", namespace: pod[1] ?? namespace, name: pod[2] };
  const address = canonicalAddress(text);
  if (address === undefined) {
    throw new RangeError(`"${text}" is no source: write an IP address, pod/NAME or pod/NAMESPACE/NAME`);
  }
  return { kind: "address", address };
}
