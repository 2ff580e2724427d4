/** What a frontend does with a client, by the client's address. Pure. */
import {
  type ForwardingTable,
  type Frontend,
  isInCidrs,
  scopeOf,
  type Target,
} from "../../forwarding/index.ts";
import type { SourceFilter } from "../../kernel/index.ts";

/** Whose traffic is whose: the part of the table that admission asks. */
export type NodeScope = Pick<ForwardingTable, "nodeAddresses" | "podCIDRs">;

const outsideRanges = { kind: "drop", reason: "source-not-in-ranges" } as const;

/** Returns the target for a client: what `decide` says of a new connection. */
export function admit(
  scope: NodeScope,
  { external, internal, sourceRanges }: Frontend,
  client: string,
): Target | typeof outsideRanges {
  const isOwn = external !== internal && scopeOf(scope, client) !== "external";
  const target = isOwn ? internal : external;
  if (target.kind === "reject") return target;
  return sourceRanges && !isInCidrs(client, sourceRanges) ? outsideRanges : target;
}

/** Whether anybody at all is to be answered, or dropped: otherwise there must be no socket, and the kernel refuses. */
export function needsSocket({ external, internal }: Frontend): boolean {
  return external.kind !== "reject" || internal.kind !== "reject";
}

/** Returns the filter with which the kernel drops those that get no answer; undefined if nobody is dropped. */
export function sourceFilterFor(scope: NodeScope, frontend: Frontend): SourceFilter | undefined {
  const ownPasses = frontend.internal.kind !== "drop";
  const othersPass = frontend.external.kind !== "drop";
  if (ownPasses && othersPass && !frontend.sourceRanges) return undefined;
  return {
    family: frontend.family,
    ...(frontend.sourceRanges && { within: frontend.sourceRanges }),
    own: ownPasses === othersPass ? [] : [...scope.nodeAddresses, ...scope.podCIDRs],
    ownPasses,
    othersPass,
  };
}
