/** The patches that change JSON without knowing its kind: merge patch and JSON patch. */
import { ApiStatusError, badRequest } from "../errors.ts";

/** `schema` is for strategic merge patches. Throws UnsupportedMediaType, BadRequest, Invalid. */
export function applyPlainPatch(
  mediaType: string,
  body: string,
  target: unknown,
  _schema: undefined,
): unknown {
  if (
    mediaType !== "application/merge-patch+json" &&
    mediaType !== "application/strategic-merge-patch+json"
  ) {
    throw new ApiStatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  }
  try {
    return mergePatch(target, JSON.parse(body));
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : error}`);
  }
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
