/** Who makes a request. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  /** What the credentials say beside that: the pod that a token is bound to. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The group that every authenticated user is in. */
export const authenticatedGroup = "system:authenticated";
export const unauthenticatedGroup = "system:unauthenticated";
export const anonymousUser = "system:anonymous";

/** Whoever is in this group may do everything, whatever roles say. */
export const administrators = "system:masters";

/** A user as reviews print it (authentication.k8s.io/v1 UserInfo). */
export function userInfo({ name, uid, groups, extra = {} }: User): object {
  return {
    username: name,
    ...(uid === "" ? {} : { uid }),
    groups,
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}
