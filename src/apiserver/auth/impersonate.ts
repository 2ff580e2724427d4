/** Impersonation: acting as somebody else, for those who may `impersonate` all that they claim (apiserver filters/impersonation). */
import type { IncomingMessage } from "node:http";
import { authenticationGroup } from "../../api/rbac/review-definitions.ts";
import { badRequest } from "../errors.ts";
import { demand } from "./authorize.ts";
import type { Authorizer } from "./authorizer.ts";
import { parseServiceAccountUser, serviceAccountGroups } from "./service-account/service-account-user.ts";
import { anonymousUser, authenticatedGroup, type User, unauthenticatedGroup } from "./user.ts";

const prefix = "impersonate-";
const extraPrefix = `${prefix}extra-`;

/** The user that the request is made as. Throws Forbidden, BadRequest for headers that name no user. */
export function impersonate(
  authorizer: Authorizer,
  user: User,
  message: Pick<IncomingMessage, "headers" | "headersDistinct">,
): User {
  if (!Object.keys(message.headers).some((header) => header.startsWith(prefix))) return user;
  const { headersDistinct: headers } = message;
  const name = headers["impersonate-user"]?.[0] ?? "";
  const uid = headers["impersonate-uid"]?.[0] ?? "";
  const named = headers["impersonate-group"] ?? [];
  const extra = extraOf(headers);
  if (name === "") {
    if (uid === "" && named.length === 0 && extra.length === 0) return user;
    throw badRequest("requested to impersonate groups, a uid or extra fields without impersonating a user");
  }
  const account = parseServiceAccountUser(name);
  if (account) demandLeave(authorizer, user, "", "serviceaccounts", account);
  else demandLeave(authorizer, user, "", "users", { name });
  for (const group of named) demandLeave(authorizer, user, "", "groups", { name: group });
  for (const [key, values] of extra) {
    for (const value of values) {
      demandLeave(authorizer, user, authenticationGroup, "userextras", { name: value, subresource: key });
    }
  }
  if (uid !== "") demandLeave(authorizer, user, authenticationGroup, "uids", { name: uid });
  const groups = named.length === 0 && account ? serviceAccountGroups(account) : named;
  return {
    name,
    uid,
    groups: withEverybody(name, groups),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

type Extra = readonly (readonly [key: string, values: readonly string[]])[];

/** Keys may hold what a header's name may not, percent-encoded. */
function extraOf(headers: IncomingMessage["headersDistinct"]): Extra {
  return Object.entries(headers)
    .filter(([header]) => header.startsWith(extraPrefix))
    .map(([header, values = []]) => [decodeKey(header.slice(extraPrefix.length)), values]);
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function demandLeave(
  authorizer: Authorizer,
  user: User,
  group: string,
  resource: string,
  wanted: { readonly name: string; readonly namespace?: string; readonly subresource?: string },
): void {
  const { name, namespace = "", subresource = "" } = wanted;
  demand(authorizer, user, {
    kind: "resource",
    verb: "impersonate",
    group,
    resource,
    subresource,
    namespace,
    name,
  });
}

function withEverybody(name: string, groups: readonly string[]): readonly string[] {
  if (groups.includes(authenticatedGroup) || groups.includes(unauthenticatedGroup)) return groups;
  return [...groups, name === anonymousUser ? unauthenticatedGroup : authenticatedGroup];
}
