/** Who makes a request. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
}

/** The group that every authenticated user is in. */
export const authenticatedGroup = "system:authenticated";

/** Whoever is in this group may do everything, whatever roles say. */
export const administrators = "system:masters";
