/** Builders of small ForwardingTables for the conformance suite. */
import {
  type Backend,
  backend,
  type Family,
  type ForwardingTable,
  type Frontend,
  frontendKey,
  type Target,
} from "../forwarding/index.ts";
import type { ConformanceHarness, TestBackend, TestProtocol } from "./conformance-harness.ts";

export type FrontendSketch = {
  readonly port: number;
  readonly protocol?: TestProtocol;
  /** With an address it is a load balancer's unless told, else a node port. */
  readonly address?: string;
  readonly kind?: Frontend["kind"];
  readonly service?: string;
  readonly backends: SketchedTarget;
  /** For the node's own traffic and its pods', where it is not `backends`, which are then the node's own. */
  readonly internal?: SketchedTarget;
} & Partial<Pick<Frontend, "affinitySeconds" | "sourceRanges" | "serving" | "masquerade">>;

type SketchedTarget = readonly TestBackend[] | "reject" | "drop";

export function sketchFrontend(family: Family, sketch: FrontendSketch): Frontend {
  const { service = "web", backends, internal = backends, protocol = "TCP", ...rest } = sketch;
  const { address, port, kind = address === undefined ? "NodePort" : "LoadBalancerIP" } = sketch;
  return {
    masquerade: true,
    ...rest,
    key: frontendKey(kind, family, protocol, address, port),
    kind,
    family,
    protocol,
    service: { namespace: "default", name: service, port: "" },
    external: targetOf(backends, backends === internal ? "cluster" : "local"),
    internal: targetOf(internal, "cluster"),
  };
}

export function sketchTable(
  harness: Pick<ConformanceHarness, "family" | "nodeAddresses" | "podCIDRs">,
  frontends: readonly FrontendSketch[],
  nodePortAddresses: readonly string[] = harness.nodeAddresses,
): ForwardingTable {
  const rows = frontends
    .map((sketch) => sketchFrontend(harness.family, sketch))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    node: "node-under-test",
    nodePortAddresses,
    nodeAddresses: harness.nodeAddresses,
    podCIDRs: harness.podCIDRs,
    frontends: new Map(rows.map((frontend) => [frontend.key, frontend])),
  };
}

export function toBackend({ address, port, local }: TestBackend): Backend {
  return backend(address, port, local);
}

/** Backend names by backend key. */
export function namesByKey(backends: readonly TestBackend[]): ReadonlyMap<string, string> {
  return new Map(backends.map((one) => [toBackend(one).key, one.name]));
}

function targetOf(backends: SketchedTarget, set: "cluster" | "local"): Target {
  if (backends === "drop") return { kind: "drop", reason: "no-local-endpoints" };
  if (backends === "reject" || backends.length === 0) return { kind: "reject", reason: "no-endpoints" };
  return {
    kind: "forward",
    backends: backends.map(toBackend).sort((a, b) => (a.key < b.key ? -1 : 1)),
    choice: { set, condition: "ready", topology: "none" },
  };
}
