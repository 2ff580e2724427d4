/** What `kubectl get nodes` prints (kubernetes/pkg/printers/internalversion printNode). */
import type { Node, NodeAddress } from "../node.ts";
import { ageColumn, type Cells, column, nameColumn, wideColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { TableColumn } from "../resource-definition.ts";

export const nodeColumns: readonly TableColumn[] = [
  nameColumn,
  column("Status", "Whether the node is ready, and takes new pods."),
  column("Roles", "Roles that its labels name."),
  ageColumn,
  column("Version", "The kubelet's version."),
  wideColumn("Internal-IP", "Its address inside the cluster."),
  wideColumn("External-IP", "Its address outside the cluster."),
  wideColumn("OS-Image", "The operating system."),
  wideColumn("Kernel-Version", "The kernel, and the machine's architecture."),
  wideColumn("Container-Runtime", "What runs the containers."),
];

const rolePrefix = "node-role.kubernetes.io/";

export function nodeCells(node: Node, nowMs: number): Cells {
  const { metadata, status } = node;
  const info = status?.nodeInfo ?? {};
  return [
    metadata.name,
    nodeState(node),
    nodeRoles(metadata.labels ?? {}).join(",") || "<none>",
    age(metadata.creationTimestamp, nowMs),
    info.kubeletVersion ?? "",
    addressOf(node, "InternalIP"),
    addressOf(node, "ExternalIP"),
    info.osImage || "<unknown>",
    kernelText(info.kernelVersion, info.architecture),
    info.containerRuntimeVersion || "<unknown>",
  ];
}

/** `Ready`, `NotReady`, `Unknown`; `,SchedulingDisabled` when cordoned. */
function nodeState({ spec, status }: Node): string {
  const ready = status?.conditions?.findLast(({ type }) => type === "Ready");
  const state = ready ? (ready.status === "True" ? "Ready" : "NotReady") : "Unknown";
  return spec?.unschedulable ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(labels: Readonly<Record<string, string>>): readonly string[] {
  const roles = Object.entries(labels).map(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length);
    return key === "kubernetes.io/role" ? value : "";
  });
  return [...new Set(roles.filter((role) => role !== ""))].sort();
}

function addressOf({ status }: Node, type: NodeAddress["type"]): string {
  return status?.addresses?.find((address) => address.type === type)?.address ?? "<none>";
}

function kernelText(version: string | undefined, architecture: string | undefined): string {
  if (!version) return "<unknown>";
  return architecture ? `${version} (${architecture})` : version;
}
