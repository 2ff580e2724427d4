/** Node, core/v1, as the API server serves it. */
import { allVerbs } from "../definition-parts.ts";
import type { Node } from "../node.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { nodeCells, nodeColumns } from "./node-columns.ts";
import { defaultNode, prepareNodeForCreate, prepareNodeForUpdate, prepareNodeStatus } from "./node-rules.ts";
import { nodeWarnings, validateNode, validateNodeStatus, validateNodeUpdate } from "./node-validate.ts";

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
  default: defaultNode,
  prepareForCreate: prepareNodeForCreate,
  prepareForUpdate: prepareNodeForUpdate,
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  warnings: (next) => nodeWarnings(next),
  parts: { status: { prepare: prepareNodeStatus, validate: validateNodeStatus } },
  columns: nodeColumns,
  cells: nodeCells,
  selectableFields: {
    "spec.unschedulable": ({ spec }) => String(spec?.unschedulable ?? false),
  },
};
