/** One patch of JSON Patch, merge patch or strategic merge patch: read, applied, decoded. */
import { findDuplicateFields } from "../../api/schema/index.ts";
import { ApiStatusError, badRequest } from "../errors.ts";
import { type DecodeOptions, decodePatched } from "./decode-patched.ts";
import { goText } from "./go-text.ts";
import { jsonPatch } from "./json-patch.ts";
import { isMap, jsonKind } from "./json-value.ts";
import { mergePatch } from "./merge-patch.ts";
import { strategicMergePatch } from "./strategic-merge-patch.ts";

export const applyPatchType = "application/apply-patch+yaml";

export interface PatchInput extends DecodeOptions {
  /** `application/merge-patch+json`, …, without parameters. */
  readonly mediaType: string;
  readonly body: string;
}

/** Turns a current object, with apiVersion and kind, into the patched one, decoded and not yet defaulted. */
export type Patch = (current: unknown) => Promise<Record<string, unknown>>;

/**
 * Reads the patch once, so that it can be applied again to a newer object. Throws ApiStatusError: 415 for another media
 * type, 400 for what is no patch; the returned function throws 422, 400 and 500 as kube-apiserver does.
 */
export function readPatch(input: PatchInput): Patch {
  const { mediaType, schema } = input;
  const apply = appliers[mediaType];
  if (apply === undefined)
    throw new ApiStatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  const patch = parsePatch(input.body, mediaType !== "application/json-patch+json");
  const duplicates = input.fieldValidation === "Ignore" ? [] : findDuplicateFields(input.body);
  const quoteAs = mediaType === strategicType ? () => goText(patch) : undefined;
  return async (current) => decodePatched(await apply(current, patch, schema), duplicates, input, quoteAs);
}

const strategicType = "application/strategic-merge-patch+json";

const appliers: Readonly<Record<string, (current: unknown, patch: unknown, schema: string) => unknown>> = {
  "application/json-patch+json": jsonPatch,
  "application/merge-patch+json": mergePatch,
  [strategicType]: strategicMergePatch,
};

function parsePatch(body: string, mustBeMap: boolean): unknown {
  const patch = parseJson(body);
  if (mustBeMap && !isMap(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return patch;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : error}`);
  }
}
