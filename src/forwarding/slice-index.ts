/** SliceIndex: EndpointSlices by the Service that they belong to. */

import { type EndpointSlice, serviceNameLabel } from "../api/endpoint-slice.ts";
import { headlessLabel } from "../api/service-labels.ts";
import { formatServiceKey, type ServiceKey } from "./service-problem.ts";

export class SliceIndex {
  readonly #byService = new Map<string, Map<string, EndpointSlice>>();
  readonly #serviceOf = new Map<string, string>();

  of(service: string): Iterable<EndpointSlice> {
    return this.#byService.get(service)?.values() ?? [];
  }

  /** Returns the keys of the Services that are affected: two where the slice's label was changed, none for a stray. */
  set(slice: EndpointSlice): readonly string[] {
    const { namespace = "", name } = slice.metadata;
    const before = this.delete({ namespace, name });
    const service = serviceOf(slice);
    if (service === undefined) return before;
    const key = formatServiceKey({ namespace, name });
    const slices = this.#byService.get(service) ?? new Map<string, EndpointSlice>();
    this.#byService.set(service, slices.set(key, slice));
    this.#serviceOf.set(key, service);
    return [...before, service];
  }

  /** Returns the key of the Service that is affected, if any. */
  delete(slice: ServiceKey): readonly string[] {
    const key = formatServiceKey(slice);
    const service = this.#serviceOf.get(key);
    if (service === undefined) return [];
    this.#serviceOf.delete(key);
    const slices = this.#byService.get(service);
    slices?.delete(key);
    if (slices?.size === 0) this.#byService.delete(service);
    return [service];
  }
}

/** The Service that the slice's label names; undefined for a stray, and for one that is marked as a headless Service's. */
function serviceOf({ metadata }: EndpointSlice): string | undefined {
  const { labels = {}, namespace = "" } = metadata;
  const name = labels[serviceNameLabel];
  if (!name || labels[headlessLabel] !== undefined) return undefined;
  return formatServiceKey({ namespace, name });
}
