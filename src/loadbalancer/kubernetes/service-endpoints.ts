/** Where a Service's endpoints are. Pure. */
import type { EndpointSlice } from "../../api/endpoint-slice.ts";

export interface ServiceEndpoints {
  /** Somebody serves, if only while it terminates. */
  readonly isServed: boolean;
  /** Nodes with at least one ready endpoint. */
  readonly nodes: ReadonlySet<string>;
}

export function readServiceEndpoints(slices: Iterable<EndpointSlice>): ServiceEndpoints {
  const nodes = new Set<string>();
  let isServed = false;
  for (const { endpoints } of slices) {
    for (const { conditions, nodeName } of endpoints ?? []) {
      const ready = conditions?.ready ?? true;
      isServed ||= ready || (conditions?.serving ?? ready);
      if (ready && nodeName !== undefined) nodes.add(nodeName);
    }
  }
  return { isServed, nodes };
}
