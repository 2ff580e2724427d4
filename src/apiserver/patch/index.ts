/** Patches of all four types, and who owns which field. */
export { applyPatchType, type Patch, type PatchInput, readPatch } from "./apply-patch.ts";
