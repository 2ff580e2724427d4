/** Builders of small ForwardingTables for the conformance suite. */
import {
  type Backend,
  backend,
  type Family,
  type ForwardingTable,
  type Frontend,
  familyOf,
  frontendKey,
  type Target,
} from "../forwarding/index.ts";
import type { ConformanceHarness, Place, TestBackend, TestProtocol } from "./conformance-harness.ts";

export type FrontendSketch = {
  readonly port: number;
  readonly protocol?: TestProtocol;
  readonly family?: Family;
  /** With an address it is a load balancer's, else a node port. */
  readonly address?: string;
  readonly service?: string;
  readonly backends: readonly Place[] | "reject" | "drop";
} & Partial<Pick<Frontend, "affinitySeconds" | "sourceRanges" | "serving">>;

export function sketchFrontend(sketch: FrontendSketch): Frontend {
  const { port, protocol = "TCP", address, service = "web", backends } = sketch;
  const {
    port: _port,
    protocol: _protocol,
    address: _address,
    service: _service,
    backends: _backends,
    ...rest
  } = sketch;
  const family = sketch.family ?? (address === undefined ? "IPv4" : (familyOf(address) ?? "IPv4"));
  const kind = address === undefined ? "NodePort" : "LoadBalancerIP";
  const target = targetOf(backends);
  return {
    ...rest,
    key: frontendKey(kind, family, protocol, address, port),
    kind,
    family,
    ...(address !== undefined && { address }),
    protocol,
    port,
    service: { namespace: "default", name: service, port: "" },
    external: target,
    internal: target,
    masquerade: true,
  };
}

export function sketchTable(
  harness: Pick<ConformanceHarness, "nodeAddresses">,
  frontends: readonly FrontendSketch[],
  nodePortAddresses: readonly string[] = harness.nodeAddresses,
): ForwardingTable {
  const rows = frontends.map(sketchFrontend).sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    node: "node-under-test",
    nodePortAddresses,
    nodeAddresses: harness.nodeAddresses,
    podCIDRs: [],
    frontends: new Map(rows.map((frontend) => [frontend.key, frontend])),
  };
}

export function toBackend({ address, port }: Place): Backend {
  return backend(address, port, false);
}

/** Backend names by backend key. */
export function namesByKey(backends: readonly TestBackend[]): ReadonlyMap<string, string> {
  return new Map(backends.map((one) => [toBackend(one).key, one.name]));
}

function targetOf(backends: FrontendSketch["backends"]): Target {
  if (backends === "drop") return { kind: "drop", reason: "no-local-endpoints" };
  if (backends === "reject" || backends.length === 0) return { kind: "reject", reason: "no-endpoints" };
  return {
    kind: "forward",
    backends: backends.map(toBackend).sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}
