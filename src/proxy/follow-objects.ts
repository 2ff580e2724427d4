/** Leads what changes in the caches, and on the machine, into the model. */
import type { KubeObject } from "../api/meta.ts";
import type { Node } from "../api/node.ts";
import type { Changes, ListWatchCache } from "../client/index.ts";
import type { ForwardingModel, NodeView, ServiceKey } from "../forwarding/index.ts";
import { isCidr } from "../forwarding/index.ts";
import type { ChangeCounter } from "./change-counter.ts";
import type { AddressSource } from "./local-addresses.ts";
import type { ProxyCaches } from "./proxy-caches.ts";
import { statedAddresses, type ViewSettings, viewOfNode } from "./view-of-node.ts";

export interface FollowOptions {
  /** All of them synced: what they hold is in the model when this returns. */
  readonly caches: ProxyCaches;
  readonly model: ForwardingModel;
  readonly settings: ViewSettings;
  readonly localAddresses: AddressSource;
  readonly counter: ChangeCounter;
  /** Never called before the Node is known: without its addresses every NodePort would close. */
  readonly onChange: () => void;
}

/** Leads the caches into the model. */
export function followObjects({ caches, model, counter, onChange, ...around }: FollowOptions): void {
  const { services, slices, nodes, serviceCidrs } = caches;
  const setView = createNodeFollower(caches, model, around);
  let known = false;
  const changed = () => {
    if (known) onChange();
  };
  const setNode = (node: Node) => {
    known = true;
    setView(node);
  };
  follow(
    services,
    (service) => model.setService(service),
    (key) => model.deleteService(key),
    (changes) => {
      counter.sawServices(changes);
      changed();
    },
  );
  follow(
    slices,
    (slice) => model.setSlice(slice),
    (key) => model.deleteSlice(key),
    (changes) => {
      counter.sawSlices(changes);
      changed();
    },
  );
  const refresh = () => {
    setView();
    changed();
  };
  follow(nodes, setNode, () => {}, changed);
  serviceCidrs?.subscribe(refresh);
  around.localAddresses.onChange(refresh);
}

/** What a proxy knows of its node before it has seen it. */
export function unknownNode(name: string): NodeView {
  return { name, labels: {}, addresses: [], nodePortAddresses: [], podCIDRs: [] };
}

/**
 * While the Node object is not there, or states no address, the addresses that are known stay: a node's ports must not
 * close because its object was deleted and made again.
 */
function createNodeFollower(
  { serviceCidrs }: ProxyCaches,
  model: ForwardingModel,
  { settings, localAddresses }: Pick<FollowOptions, "settings" | "localAddresses">,
): (node?: Node) => void {
  let newest: Node | undefined;
  return (node) => {
    if (node) {
      const { status } = newest && statedAddresses(node).length === 0 ? newest : node;
      newest = { ...node, ...(status && { status }) };
    }
    if (!newest) return;
    const ranges = [...(serviceCidrs?.items().values() ?? [])].flatMap(({ spec }) => spec.cidrs ?? []);
    model.setNode(
      viewOfNode(newest, settings, {
        localAddresses: localAddresses.current(),
        serviceCIDRs: [...new Set(ranges.filter(isCidr))].sort(),
      }),
    );
  };
}

function follow<T extends KubeObject>(
  cache: ListWatchCache<T>,
  set: (object: T) => void,
  remove: (key: ServiceKey) => void,
  onChange: (changes: Changes<T>) => void,
): void {
  cache.subscribe((changes) => {
    const { added, updated, deleted } = changes;
    for (const { metadata } of deleted) remove({ namespace: metadata.namespace ?? "", name: metadata.name });
    for (const object of added) set(object);
    for (const { next } of updated) set(next);
    onChange(changes);
  });
}
