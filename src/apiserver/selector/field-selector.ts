/** Field selectors: the grammar and the messages of apimachinery's fields.ParseSelector. */
import type { KubeObject } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { badRequest } from "../errors.ts";
import { quote } from "../field-error-text.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
  readonly read: (object: KubeObject) => string;
}

const metadataFields: Readonly<Record<string, (object: KubeObject) => string>> = {
  "metadata.name": (object) => object.metadata.name,
  "metadata.namespace": (object) => object.metadata.namespace ?? "",
};

/** Throws BadRequest for what cannot be parsed and for fields that the kind does not offer. */
export function parseFieldSelector(
  text: string,
  definition: ResourceDefinition,
): readonly FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== "")
    .map((term) => parseTerm(term, text, definition));
}

export function matchesFields(requirements: readonly FieldRequirement[], object: KubeObject): boolean {
  return requirements.every(({ read, negated, value }) => (read(object) === value) !== negated);
}

/** The one name that the selector allows, if it names one: such a list is a lookup. */
export function selectedName(requirements: readonly FieldRequirement[]): string | undefined {
  return requirements.find(({ field, negated }) => field === "metadata.name" && !negated)?.value;
}

function parseTerm(term: string, selector: string, definition: ResourceDefinition): FieldRequirement {
  const match = /^((?:[^\\=!]|\\.)*)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  const [, field = "", operator, rawValue = ""] = match;
  const read = metadataFields[field] ?? definition.selectableFields?.[field];
  if (!read) throw badRequest(unsupportedField(field, definition));
  return { field, negated: operator === "!=", value: unescapeValue(rawValue, selector), read };
}

/** Kinds with fields of their own convert them in their own words; the others share the default conversion. */
function unsupportedField(field: string, definition: ResourceDefinition): string {
  return definition.selectableFields
    ? `field label not supported: ${field}`
    : `${quote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function unescapeValue(value: string, selector: string): string {
  return value.replace(/\\(.?)/gs, (_, escaped: string) => {
    if (escaped === "\\" || escaped === "," || escaped === "=") return escaped;
    throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped} in ${selector}`);
  });
}

function splitTerms(text: string): readonly string[] {
  return text.match(/(?:[^\\,]|\\.?)+/gs) ?? [];
}
