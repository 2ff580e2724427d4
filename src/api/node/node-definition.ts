/** Node, core/v1, as the API server serves it. */
import { allVerbs } from "../definition-parts.ts";
import type { Node } from "../node.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { nodeCells, nodeColumns } from "./node-columns.ts";

export const nodeDefinition: ResourceDefinition<Node> = {
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  categories: [],
  namespaced: false,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.Node",
  columns: nodeColumns,
  cells: nodeCells,
  selectableFields: {
    "spec.unschedulable": ({ spec }) => String(spec?.unschedulable ?? false),
  },
};
