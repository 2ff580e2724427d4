/** Flows as they begin and end. */
import {
  decodeFlowEvent,
  type FlowEvent,
  NFNLGRP_CONNTRACK_DESTROY,
  NFNLGRP_CONNTRACK_NEW,
} from "../netlink/conntrack/index.ts";
import { watchNetlink } from "./netlink-events.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";

export interface FlowHandlers {
  readonly flow: (event: FlowEvent) => void;
  /** Some events are lost. */
  readonly lost: () => void;
}

/**
 * Tells of flows from when it resolves until it is disposed of. NOTE: where the setting net/netfilter/nf_conntrack_events is 2, as it is by
 * default (kernel 6.1), the kernel tells only of flows that began while somebody listened.
 */
export function watchFlows({ flow, lost }: FlowHandlers, namespace?: NamespaceHandle): Promise<Disposable> {
  const message = (bytes: Uint8Array) => {
    const event = decodeFlowEvent(bytes);
    if (event) flow(event);
  };
  const groups = [NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_DESTROY];
  return watchNetlink(
    { protocol: NETLINK_NETFILTER, groups, ...(namespace && { namespace }) },
    { message, lost },
  );
}
