/** Leads what changes in the caches into the model. */

import type { KubeObject } from "../api/meta.ts";
import type { Node } from "../api/node.ts";
import type { ListWatchCache } from "../client/index.ts";
import type { ForwardingModel, NodeView, ServiceKey } from "../forwarding/index.ts";
import type { NodePortAddresses } from "./node-port-addresses.ts";
import type { ProxyCaches } from "./proxy-caches.ts";
import { viewOfNode } from "./view-of-node.ts";

export interface FollowOptions {
  /** All of them synced: what they hold is in the model when this returns. */
  readonly caches: ProxyCaches;
  readonly model: ForwardingModel;
  readonly nodePortAddresses: NodePortAddresses;
  /** Never called before the Node is known: without its addresses every NodePort would close. */
  readonly onChange: () => void;
}

/**
 * Leads the caches into the model. While the Node object is not there the last that is known of it stays: a node's ports
 * must not close because somebody deleted its object.
 */
export function followObjects({ caches, model, nodePortAddresses, onChange }: FollowOptions): void {
  let knowsNode = false;
  const changed = () => {
    if (knowsNode) onChange();
  };
  const setNode = (node: Node) => {
    knowsNode = true;
    model.setNode(viewOfNode(node, nodePortAddresses));
  };
  const { services, slices, nodes } = caches;
  follow(
    services,
    (service) => model.setService(service),
    (key) => model.deleteService(key),
    changed,
  );
  follow(
    slices,
    (slice) => model.setSlice(slice),
    (key) => model.deleteSlice(key),
    changed,
  );
  follow(nodes, setNode, () => {}, changed);
}

/** What a proxy knows of its node before it has seen it. */
export function unknownNode(name: string): NodeView {
  return { name, labels: {}, addresses: [], nodePortAddresses: [], podCIDRs: [] };
}

function follow<T extends KubeObject>(
  cache: ListWatchCache<T>,
  set: (object: T) => void,
  remove: (key: ServiceKey) => void,
  onChange: () => void,
): void {
  cache.subscribe(({ added, updated, deleted }) => {
    for (const { metadata } of deleted) remove({ namespace: metadata.namespace ?? "", name: metadata.name });
    for (const object of added) set(object);
    for (const { next } of updated) set(next);
    onChange();
  });
}
