/** Leads what changes in the caches into the model. */

import type { KubeObject } from "../api/meta.ts";
import type { Node } from "../api/node.ts";
import type { ListWatchCache } from "../client/index.ts";
import { ForwardingModel, type NodeView, type ServiceKey } from "../forwarding/index.ts";
import type { NodePortAddresses } from "./node-port-addresses.ts";
import type { ProxyCaches } from "./proxy-caches.ts";
import { viewOfNode } from "./view-of-node.ts";

export interface FollowOptions {
  readonly caches: ProxyCaches;
  readonly nodeName: string;
  readonly nodePortAddresses: NodePortAddresses;
  readonly proxyName?: string;
  readonly onChange: () => void;
}

/**
 * Returns a model that follows the caches. While the Node object is not there the last that is known of it stays: a
 * node's ports must not close because somebody deleted its object.
 */
export function followObjects(options: FollowOptions): ForwardingModel {
  const { caches, nodeName, nodePortAddresses, proxyName, onChange } = options;
  const model = new ForwardingModel(unknownNode(nodeName), proxyName === undefined ? {} : { proxyName });
  follow(
    caches.services,
    (service) => model.setService(service),
    (key) => model.deleteService(key),
    onChange,
  );
  follow(
    caches.slices,
    (slice) => model.setSlice(slice),
    (key) => model.deleteSlice(key),
    onChange,
  );
  const setNode = (node: Node) => model.setNode(viewOfNode(node, nodePortAddresses));
  follow(caches.nodes, setNode, () => {}, onChange);
  return model;
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

function unknownNode(name: string): NodeView {
  return { name, labels: {}, addresses: [], nodePortAddresses: [], podCIDRs: [] };
}
