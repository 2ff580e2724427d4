/** Builders of Table columns, and cells that many kinds share. */
import type { LabelSelector } from "../meta.ts";
import type { TableColumn } from "../resource-definition.ts";

/** The cells of one Table row. */
export type Cells = readonly (string | number | boolean | null)[];

/** Shown always. */
export function column(
  name: string,
  description: string,
  type: TableColumn["type"] = "string",
  format: TableColumn["format"] = "",
): TableColumn {
  return { name, type, format, description, priority: 0 };
}

/** Shown with `-o wide` only. */
export function wideColumn(
  name: string,
  description: string,
  type: TableColumn["type"] = "string",
): TableColumn {
  return { name, type, format: "", description, priority: 1 };
}

export const nameColumn = column("Name", "The object's name, unique in its namespace.", "string", "name");
export const ageColumn = column("Age", "How long ago the server stored the object.");

/** The Containers and Images columns of kinds that have a pod template. */
export const templateColumns: readonly TableColumn[] = [
  wideColumn("Containers", "Names of each container in the template."),
  wideColumn("Images", "Images referenced by each container in the template."),
  wideColumn("Selector", "Label selector for pods."),
];

/** `a=1,b=2`, ordered by key; `<none>` when empty (apimachinery labels.FormatLabels). */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? "<none>" : pairs.sort().join(",");
}

/** `app=web,tier in (a,b),!old`: a selector in one line; nothing for one that selects everything. */
export function formatSelector(selector: LabelSelector | undefined): string {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const requirements = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({
      key,
      text: formatRequirement(key, operator, values),
    })),
  ];
  return requirements
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(",");
}

function formatRequirement(key: string, operator: string, values: readonly string[]): string {
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  return `${key} ${operator === "In" ? "in" : "notin"} (${[...values].sort().join(",")})`;
}

/** `a,b` and `image1,image2` of a pod template's containers. */
export function containerCells(
  containers: readonly { readonly name: string; readonly image?: string }[] | undefined,
): readonly [string, string] {
  const list = containers ?? [];
  return [list.map(({ name }) => name).join(","), list.map(({ image = "" }) => image).join(",")];
}
