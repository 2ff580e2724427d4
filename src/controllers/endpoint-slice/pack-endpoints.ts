/** Puts endpoints into slices with as few writes as possible (k8s.io/endpointslice reconciler.go). */
import type { SliceEndpoint } from "../../api/endpoint-slice.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";

export interface PackedSlice<S> {
  readonly slice: S;
  readonly endpoints: readonly SliceEndpoint[];
}

export interface Packing<S> {
  readonly unchanged: readonly S[];
  readonly updates: readonly PackedSlice<S>[];
  /** Contents of slices to create. */
  readonly creates: readonly (readonly SliceEndpoint[])[];
  /** Slices that have become empty. */
  readonly deletes: readonly S[];
}

interface Bin<S> {
  readonly slice: S;
  readonly endpoints: SliceEndpoint[];
  changed: boolean;
}

/**
 * First what is in a slice already stays there, and what should not be is taken out. What is left goes into the slices that
 * are written anyhow, then into the slice that it fills best, and at last into new slices. Slices are never merged for the sake
 * of order alone. `mustWrite` names slices whose other fields are wrong: they count as written.
 */
export function packEndpoints<S extends { readonly endpoints: readonly SliceEndpoint[] | null }>(
  present: readonly S[],
  desired: readonly SliceEndpoint[],
  maxPerSlice: number,
  mustWrite: (slice: S) => boolean = () => false,
): Packing<S> {
  const missing = new Map(desired.map((endpoint) => [identityOf(endpoint), endpoint]));
  const bins = present.map((slice) => keepDesired(slice, missing, maxPerSlice, mustWrite(slice)));
  const rest = [...missing.values()];
  const deletes: Bin<S>[] = [];
  for (const bin of bins.filter(({ changed }) => changed)) fill(bin, rest, maxPerSlice);
  const creates: SliceEndpoint[][] = [];
  while (rest.length > 0) {
    const bin = rest.length < maxPerSlice ? fullestWithRoom(bins, rest.length, maxPerSlice) : undefined;
    if (bin) fill(bin, rest, maxPerSlice);
    else creates.push(rest.splice(0, maxPerSlice));
  }
  for (const bin of bins) if (bin.endpoints.length === 0) deletes.push(bin);
  const left = bins.filter((bin) => !deletes.includes(bin));
  return {
    unchanged: left.filter(({ changed }) => !changed).map(({ slice }) => slice),
    updates: left.filter(({ changed }) => changed).map(({ slice, endpoints }) => ({ slice, endpoints })),
    creates,
    deletes: deletes.map(({ slice }) => slice),
  };
}

/** Takes the slice's endpoints that are wanted out of `missing`. */
function keepDesired<S extends { readonly endpoints: readonly SliceEndpoint[] | null }>(
  slice: S,
  missing: Map<string, SliceEndpoint>,
  maxPerSlice: number,
  changed: boolean,
): Bin<S> {
  const bin: Bin<S> = { slice, endpoints: [], changed };
  for (const endpoint of slice.endpoints ?? []) {
    const identity = identityOf(endpoint);
    const wanted = missing.get(identity);
    if (!wanted || bin.endpoints.length >= maxPerSlice) {
      bin.changed = true;
      continue;
    }
    missing.delete(identity);
    bin.endpoints.push(wanted);
    if (canonicalJson(endpoint) !== canonicalJson(wanted)) bin.changed = true;
  }
  return bin;
}

function fill<S>(bin: Bin<S>, rest: SliceEndpoint[], maxPerSlice: number): void {
  const moved = rest.splice(0, maxPerSlice - bin.endpoints.length);
  bin.endpoints.push(...moved);
  if (moved.length > 0) bin.changed = true;
}

/** The slice that has room for all `count` and will be the fullest then. */
function fullestWithRoom<S>(bins: readonly Bin<S>[], count: number, maxPerSlice: number): Bin<S> | undefined {
  return bins
    .filter(({ endpoints }) => endpoints.length + count <= maxPerSlice)
    .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
}

/** Which endpoint it is, whatever its condition. An address that passes to another pod makes another endpoint. */
function identityOf({ addresses, targetRef }: SliceEndpoint): string {
  return `${addresses.join()}|${targetRef?.uid ?? targetRef?.name ?? ""}`;
}
