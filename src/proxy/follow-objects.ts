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
 * Leads the caches into the model. While the Node object is not there, or states no address, the addresses that are known
 * stay: a node's ports must not close because its object was deleted and made again.
 */
export function followObjects({ caches, model, nodePortAddresses, onChange }: FollowOptions): void {
  let known: NodeView | undefined;
  const changed = () => {
    if (known) onChange();
  };
  const setNode = (node: Node) => {
    const view = viewOfNode(node, nodePortAddresses);
    const { addresses, nodePortAddresses: ports } = view.addresses.length === 0 && known ? known : view;
    known = { ...view, addresses, nodePortAddresses: ports };
    model.setNode(known);
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
