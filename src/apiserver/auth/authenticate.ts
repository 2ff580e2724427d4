/** Authentication: a bearer token, or a client certificate of our own certificate authority. */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { ServiceAccountTokens, TokenOwner } from "./service-account/service-account-tokens.ts";
import type { TokenTable } from "./token-file.ts";
import { authenticatedGroup, type User } from "./user.ts";

export interface Authenticator {
  /** Resolves with undefined when the request has no credentials or wrong ones. */
  request(message: IncomingMessage): Promise<User | undefined>;
  /** Whose a token is, if it is for one of the audiences; the server's own if none is named. */
  token(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined>;
}

export function createAuthenticator(
  tokens: TokenTable | undefined,
  accounts: Pick<ServiceAccountTokens, "find" | "audiences">,
): Authenticator {
  const findOwner = async (token: string, named: readonly string[]): Promise<TokenOwner | undefined> => {
    const audiences = named.length === 0 ? accounts.audiences : named;
    const user = tokens?.find(token);
    // Tokens of the file know no audience: they are for this server, and so for those that it answers to.
    const own = audiences.filter((audience) => accounts.audiences.includes(audience));
    if (user) return own.length === 0 ? undefined : { user, audiences: own };
    return accounts.find(token, audiences);
  };
  return {
    async request(message) {
      // As in kube-apiserver, whoever shows both is who the certificate says.
      const shown = certificateUser(message);
      if (shown) return shown;
      const token = bearerToken(message.headers.authorization);
      return token === undefined ? undefined : (await findOwner(token, []))?.user;
    },
    token: findOwner,
  };
}

function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "");
}

const certificateUsers = new WeakMap<TLSSocket, User>();

/** The common name is the user, the organizations are the groups. */
function certificateUser({ socket }: IncomingMessage): User | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const known = certificateUsers.get(socket);
  if (known) return known;
  const { CN: name, O: organization } = socket.getPeerCertificate().subject ?? {};
  if (typeof name !== "string" || name === "") return undefined;
  const groups = [organization ?? []].flat();
  const user = { name, uid: "", groups: [...groups, authenticatedGroup] };
  certificateUsers.set(socket, user);
  return user;
}
