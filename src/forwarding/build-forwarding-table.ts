/** Builds a ForwardingTable at once, from everything that there is. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Service } from "../api/service.ts";
import { ForwardingModel, type ModelOptions, type ModelUpdate } from "./forwarding-model.ts";
import type { NodeView } from "./node-view.ts";

export interface ForwardingInput {
  readonly node: NodeView;
  readonly services: Iterable<Service>;
  readonly endpointSlices: Iterable<EndpointSlice>;
}

/** Returns the table with its problems and health checks; the order of the objects does not matter. */
export function buildForwardingTable(
  { node, services, endpointSlices }: ForwardingInput,
  options: ModelOptions = {},
): Omit<ModelUpdate, "diff"> {
  const model = new ForwardingModel(node, options);
  for (const service of services) model.setService(service);
  for (const slice of endpointSlices) model.setSlice(slice);
  return model.update();
}
