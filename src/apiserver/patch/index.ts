/** Patches of all four types, and who owns which field. */
export { applyPatchType, type Patch, type PatchInput, readPatch } from "./apply-patch.ts";
export { type Apply, type ApplyInput, readApply } from "./server-side-apply.ts";
export { type TrackInput, trackManagedFields } from "./track-managed-fields.ts";
