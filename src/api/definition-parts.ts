/** Values that most ResourceDefinitions share. */
import type { Verb } from "./resource-definition.ts";

export const allVerbs: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];
