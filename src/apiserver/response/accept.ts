/** Content negotiation: in which form a client wants its answer (apiserver endpoints/handlers/negotiation). */
import { ApiStatusError } from "../errors.ts";

export type Encoding = "json" | "yaml";

/** What `as=` asks for. */
export type Conversion =
  | "Table"
  | "PartialObjectMetadata"
  | "PartialObjectMetadataList"
  | "APIGroupDiscoveryList";

export interface AcceptedForm {
  readonly encoding: Encoding;
  readonly conversion?: Conversion;
}

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const encodings: Readonly<Record<string, Encoding>> = {
  "*/*": "json",
  "application/*": "json",
  "application/json": "json",
  "application/yaml": "yaml",
};

const conversions: Readonly<Record<string, readonly Conversion[]>> = {
  "meta.k8s.io/v1": ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"],
  "apidiscovery.k8s.io/v2": ["APIGroupDiscoveryList"],
};

/** The best clause that can be served; undefined if there is none. An absent header accepts JSON. */
export function chooseForm(
  header: string | undefined,
  allowed: readonly Conversion[],
): AcceptedForm | undefined {
  if (header === undefined || header.trim() === "") return { encoding: "json" };
  for (const clause of parseAccept(header)) {
    const form = formOf(clause, allowed);
    if (form) return form;
  }
  return undefined;
}

export function representationsNotAcceptable(): ApiStatusError {
  const message = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml";
  return new ApiStatusError(406, "NotAcceptable", message, {});
}

function formOf({ type, parameters }: Clause, allowed: readonly Conversion[]): AcceptedForm | undefined {
  const encoding = encodings[type];
  if (encoding === undefined) return undefined;
  const wanted = parameters.get("as");
  if (wanted === undefined) return { encoding };
  const version = `${parameters.get("g") ?? ""}/${parameters.get("v") ?? ""}`;
  const conversion = conversions[version]?.find((candidate) => candidate === wanted);
  return conversion && allowed.includes(conversion) ? { encoding, conversion } : undefined;
}

/** Best first; clauses of equal quality keep their order. */
function parseAccept(header: string): readonly Clause[] {
  return header
    .split(",")
    .map(parseClause)
    .filter(({ type, quality }) => type !== "" && quality > 0)
    .sort((left, right) => right.quality - left.quality);
}

function parseClause(text: string): Clause {
  const [type = "", ...parameterTexts] = text.split(";").map((part) => part.trim());
  const parameters = new Map(
    parameterTexts.map((parameter) => {
      const [name = "", value = ""] = parameter.split("=", 2);
      return [name.trim().toLowerCase(), value.trim()] as const;
    }),
  );
  const quality = Number(parameters.get("q") ?? "1");
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
}
