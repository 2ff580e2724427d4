/** The EndpointSlices of a Service, and what must be written to have them. */
import type { EndpointPort, EndpointSlice, SliceEndpoint } from "../../api/endpoint-slice.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { IPFamily } from "../../api/service.ts";
import { type Draft, endpointSlices } from "../../client/index.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { controllerReference } from "../owner-references.ts";
import { createOf, deleteOf, updateOf, type Write } from "../writes.ts";
import { type PortGroup, portsKey } from "./desired-endpoints.ts";
import { packEndpoints } from "./pack-endpoints.ts";

export const managedByLabel = "endpointslice.kubernetes.io/managed-by";

/** The slices of one owner and address family. */
export interface SliceState {
  /** The Service, or the Endpoints that are mirrored. */
  readonly owner: KubeObject;
  readonly family: IPFamily;
  readonly groups: readonly PortGroup[];
  /** With the two labels above; nothing else is written to a slice's labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The slices that this controller manages for the owner and family. */
  readonly present: readonly EndpointSlice[];
  /** A Service without endpoints has one slice without endpoints. */
  readonly placeholder: boolean;
  readonly maxPerSlice?: number;
}

export const defaultMaxPerSlice = 100;

/** Creates first, then updates, then deletes: an endpoint that moves is seen twice for a moment rather than not at all. */
export function reconcileSlices(state: SliceState): readonly Write[] {
  const { placeholder, groups, maxPerSlice = defaultMaxPerSlice } = state;
  const wanted = groups.length === 0 && placeholder ? [{ ports: [], endpoints: [] }] : groups;
  const isWrong = (slice: EndpointSlice) => !hasMetadata(slice, state);
  const usable = state.present.filter(({ metadata }) => !metadata.deletionTimestamp);
  const byPorts = Map.groupBy(usable, ({ ports }) => portsKey(ports));
  const creates: Content[] = [];
  const updates: EndpointSlice[] = [];
  const spare: EndpointSlice[] = [];
  for (const { ports, endpoints } of wanted) {
    const key = portsKey(ports);
    const present = byPorts.get(key) ?? [];
    byPorts.delete(key);
    const packing = packEndpoints(present, endpoints, maxPerSlice, isWrong);
    for (const { slice, endpoints } of packing.updates)
      updates.push(withContent(slice, state, { ports, endpoints }));
    for (const endpoints of packing.creates) creates.push({ ports, endpoints });
    const [first, ...others] = packing.deletes;
    const keep = endpoints.length === 0 && first ? first : undefined;
    if (keep && isWrong(keep)) updates.push(withContent(keep, state, { ports, endpoints: [] }));
    if (!keep && endpoints.length === 0) creates.push({ ports, endpoints: [] });
    spare.push(...(keep ? others : packing.deletes));
  }
  spare.push(...[...byPorts.values()].flat());
  // One update does for a create and a delete.
  for (let slice = spare[0]; slice && creates.length > 0; slice = spare[0]) {
    const content = creates.shift();
    spare.shift();
    if (content) updates.push(withContent(slice, state, content));
  }
  return [
    ...creates.map((content) => createOf(endpointSlices, newSlice(state, content))),
    ...updates.map((slice) => updateOf(endpointSlices, slice)),
    ...spare.map((slice) => deleteOf(endpointSlices, slice)),
  ];
}

interface Content {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly SliceEndpoint[];
}

function newSlice(
  { owner, family, labels, annotations }: SliceState,
  content: Content,
): Draft<EndpointSlice> {
  const { name, namespace } = owner.metadata;
  return {
    metadata: {
      generateName: `${name.slice(0, 240)}-`,
      ...(namespace ? { namespace } : {}),
      labels,
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    addressType: family,
    ...content,
  };
}

function withContent(
  slice: EndpointSlice,
  { labels, owner, annotations }: SliceState,
  content: Content,
): EndpointSlice {
  const metadata = {
    ...slice.metadata,
    labels,
    ...(annotations ? { annotations } : {}),
    ownerReferences: [controllerReference(owner)],
  };
  return { ...slice, metadata, ...content };
}

function hasMetadata({ metadata }: EndpointSlice, { labels, owner, annotations }: SliceState): boolean {
  return (
    canonicalJson(metadata.labels) === canonicalJson(labels) &&
    canonicalJson(metadata.ownerReferences) === canonicalJson([controllerReference(owner)]) &&
    (!annotations || canonicalJson(metadata.annotations ?? {}) === canonicalJson(annotations))
  );
}
