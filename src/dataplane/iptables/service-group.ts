/** ServiceGroup: all that one Service port of one protocol comes to. It is what is compiled anew when any of it changes. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import type { DispatchItem } from "./dispatch.ts";
import type { FamilyTraits } from "./family-traits.ts";
import type { Match } from "./rule.ts";
import type { Rules } from "./ruleset.ts";

export interface ServiceGroup {
  /** In the table nat. */
  readonly chains: ReadonlyMap<string, Rules>;
  readonly items: readonly DispatchItem[];
}

export interface GroupOptions {
  readonly traits: FamilyTraits;
  /** One for each way in which a packet can be known as one of this node's own pods'. */
  readonly fromPods: readonly Match[];
}

/** `default/web:http/TCP`: frontends of one group share chains, and clients' affinity. */
export function groupOf({ service, protocol }: Pick<Frontend, "service" | "protocol">): string {
  return `${formatServicePortName(service)}/${protocol}`;
}
