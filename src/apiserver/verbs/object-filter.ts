/** ObjectFilter: the label and field selectors of a request. */
import type { KubeObject } from "../../api/meta.ts";
import { decodeObject } from "../registry/object-text.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ListOptions } from "../request/list-options.ts";
import { matchesFields, parseFieldSelector, selectedName } from "../selector/field-selector.ts";
import { matchesLabels, parseLabelSelector } from "../selector/label-selector.ts";

export interface ObjectFilter {
  /** Every object passes: none need be read. */
  readonly passesAll: boolean;
  /** The only name that can pass. */
  readonly name?: string;
  passes(object: KubeObject): boolean;
}

/** Throws BadRequest. */
export function createObjectFilter(
  { definition }: ServedKind,
  { labelSelector, fieldSelector }: Pick<ListOptions, "labelSelector" | "fieldSelector">,
): ObjectFilter {
  const labels = parseLabelSelector(labelSelector);
  const fields = parseFieldSelector(fieldSelector, definition);
  const name = selectedName(fields);
  return {
    passesAll: labels.length === 0 && fields.length === 0,
    ...(name === undefined ? {} : { name }),
    passes: (object) => matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object),
  };
}

export function passesText(filter: ObjectFilter, kind: ServedKind, text: string, revision: number): boolean {
  return filter.passesAll || filter.passes(decodeObject(text, revision, kind.stored));
}
