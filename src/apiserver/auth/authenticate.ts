/** Authentication: a bearer token, or a client certificate of our own certificate authority. */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { TokenTable } from "./token-file.ts";
import { authenticatedGroup, type User } from "./user.ts";

/** Returns undefined when the request has no credentials or wrong ones. */
export type Authenticate = (request: IncomingMessage) => User | undefined;

export function createAuthenticator(tokens: TokenTable | undefined): Authenticate {
  return (request) => {
    const token = bearerToken(request.headers.authorization);
    return token === undefined ? certificateUser(request) : tokens?.find(token);
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
