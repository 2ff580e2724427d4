/** JSON Patch, RFC 6902, with the API server's answers to what goes wrong. */
import { ApiStatusError, badRequest, requestEntityTooLarge } from "../errors.ts";
import { isMap, jsonKind } from "./json-value.ts";

/** As in kube-apiserver: a short patch can ask for a lot of work. */
const maxOperations = 10_000;

/** Throws BadRequest for what is no patch, Invalid for one that does not fit the object. */
export async function jsonPatch(target: unknown, patch: unknown): Promise<unknown> {
  if (!Array.isArray(patch) || !patch.every(isMap)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type []jsonpatch.Operation`,
    );
  }
  if (patch.length > maxOperations) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  const { default: jsonPatchPackage } = await import("fast-json-patch");
  const { applyPatch, JsonPatchError } = jsonPatchPackage;
  try {
    return applyPatch(target, patch as unknown as Parameters<typeof applyPatch>[1], true, false).newDocument;
  } catch (error) {
    // The package trips over a `from` that leads nowhere, and refuses `__proto__`, with a TypeError.
    if (!(error instanceof JsonPatchError || error instanceof TypeError)) throw error;
    throw rejected();
  }
}

/** A patch that cannot be applied; the server does not say why. */
export function rejected(): ApiStatusError {
  const message = "the server rejected our request due to an error in our request";
  return new ApiStatusError(422, "Invalid", message, {});
}
