/** Who a request is made as: whom its credentials name, or whom that user may act as. */
import type { IncomingMessage } from "node:http";
import type { Authenticator } from "./authenticate.ts";
import type { Authorizer } from "./authorizer.ts";
import { impersonate } from "./impersonate.ts";
import type { User } from "./user.ts";

export interface Identity {
  /** Whom the credentials name; undefined for none, and for wrong ones. */
  readonly authenticated: User | undefined;
  /** Whose rights count. Throws Forbidden, BadRequest when the request claims to be somebody whom this user may not be. */
  actingUser(): User | undefined;
}

export async function identifyUser(
  authenticator: Authenticator,
  authorizer: Authorizer,
  message: IncomingMessage,
): Promise<Identity> {
  const authenticated = await authenticator.request(message);
  return {
    authenticated,
    actingUser: () => authenticated && impersonate(authorizer, authenticated, message),
  };
}
