/** What leads packets to a frontend's endpoints, in the table nat. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import { familyOf } from "../../forwarding/ip-address.ts";
import { type DispatchItem, digitsOfAddress, digitsOfPort } from "./dispatch.ts";
import { chains, serviceChain } from "./names.ts";
import { addressed, comment, fromNode, jump, type Match, rule, toPort } from "./rule.ts";
import type { Rules } from "./ruleset.ts";
import { type GroupOptions, groupOf } from "./service-group.ts";
import type { TargetChains } from "./target-chains.ts";

/** Returns the item that finds the frontend, none where nothing is to be found, and puts what it leads to into `made`. */
export function compileEntrance(
  frontend: Frontend,
  targets: TargetChains,
  options: GroupOptions,
  made: Map<string, Rules>,
): readonly DispatchItem[] {
  const { external, internal, address } = frontend;
  if (external.kind !== "forward" && internal.kind !== "forward") {
    // An address goes before a node port, though nobody serves it.
    return address === undefined ? [] : [entranceOf(frontend, "-j ACCEPT")];
  }
  const open = isPlain(frontend, targets)
    ? targets.jumpTo(frontend, external)
    : jump(place(made, "EXT", frontend, scopeRules(frontend, targets, options.fromPods)));
  if (!frontend.sourceRanges) return [entranceOf(frontend, open)];
  const ranges = frontend.sourceRanges.filter(
    (range) => familyOf(range.split("/")[0] ?? "") === frontend.family,
  );
  const guarded = place(made, "FW", frontend, [
    ...ranges.map((range) => rule(addressed("-s", range), about(frontend, "source range"), open)),
    "-j ACCEPT",
  ]);
  return [entranceOf(frontend, jump(guarded))];
}

/** Cluster addresses ask in the target's own chain whose source is to be hidden. */
function isPlain(frontend: Frontend, targets: TargetChains): boolean {
  const { kind, external, internal } = frontend;
  return kind === "ClusterIP" && targets.jumpTo(frontend, external) === targets.jumpTo(frontend, internal);
}

/** The node's own connections are always masqueraded; policies for traffic from outside bind neither them nor the node's pods. */
function scopeRules(frontend: Frontend, targets: TargetChains, fromPods: readonly Match[]): Rules {
  const { kind, masquerade } = frontend;
  const external = targets.jumpTo(frontend, frontend.external);
  const internal = targets.jumpTo(frontend, frontend.internal);
  const why = about(frontend, kind === "ClusterIP" ? "cluster IP" : "external destinations");
  const hideAll = masquerade && kind !== "ClusterIP" ? [rule(why, jump(chains.mark))] : [];
  const hideNode = hideAll.length > 0 ? [] : [rule(fromNode, why, jump(chains.mark))];
  if (external === internal) return [...hideAll, ...hideNode, external];
  return [
    ...hideAll,
    ...hideNode,
    rule(fromNode, internal),
    ...fromPods.map((pods) => rule(pods, internal)),
    external,
  ];
}

/** Frontends of one Service port that are treated alike share the chain. */
function place(made: Map<string, Rules>, kind: "EXT" | "FW", frontend: Frontend, rules: Rules): string {
  for (let variant = 1; ; variant++) {
    const group = groupOf(frontend);
    const name = serviceChain(kind, variant === 1 ? group : `${group}#${variant}`);
    const there = made.get(name);
    if (there && there.join("\n") !== rules.join("\n")) continue;
    made.set(name, rules);
    return name;
  }
}

function entranceOf(frontend: Frontend, then: string): DispatchItem {
  return { ...placeOf(frontend), table: "nat", rules: [rule(...matchOf(frontend), about(frontend), then)] };
}

/** Where a frontend is found. */
export function placeOf({
  key,
  address,
  port,
  protocol,
}: Frontend): Pick<DispatchItem, "id" | "digits" | "order" | "nodePortOf"> {
  return address === undefined
    ? { id: key, digits: digitsOfPort(port), order: 0, nodePortOf: protocol }
    : { id: key, digits: digitsOfAddress(address), order: 0 };
}

/** What packets to a frontend have in common; those to node ports come through a chain that knows the addresses. */
export function matchOf({ address, protocol, port, family }: Frontend): readonly Match[] {
  const to = address === undefined ? "" : addressed("-d", `${address}/${family === "IPv4" ? 32 : 128}`);
  return [to, toPort(protocol, port)];
}

/** `default/web:http node port`. */
export function about({ service, kind }: Frontend, what: string = words[kind]): Match {
  return comment(`${formatServicePortName(service)} ${what}`);
}

const words = {
  ClusterIP: "cluster IP",
  NodePort: "node port",
  ExternalIP: "external IP",
  LoadBalancerIP: "load balancer IP",
} as const;
