/** Authorization: the one place that decides whether a user may do what a request asks. */
import type { RequestTarget } from "../request/request-path.ts";
import type { User } from "./user.ts";

export type Access =
  | { readonly allowed: true; readonly user: User | undefined }
  | { readonly allowed: false; readonly reason: "unauthenticated" };

const openPaths: readonly string[] = ["healthz", "livez", "readyz", "version"];

/** Health and version are for everybody; whoever is authenticated may do everything else. */
export function authorize(user: User | undefined, target: RequestTarget): Access {
  const isOpen = target.kind === "other" && openPaths.includes(target.segments[0] ?? "");
  return user !== undefined || isOpen
    ? { allowed: true, user }
    : { allowed: false, reason: "unauthenticated" };
}
