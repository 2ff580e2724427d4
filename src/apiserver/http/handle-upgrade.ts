/** Upgrade requests: exec, attach and port-forward, and watches over WebSockets. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { auditRequest } from "../audit/audit-request.ts";
import { authorize } from "../auth/authorize.ts";
import { identifyUser } from "../auth/identify-user.ts";
import { restrictNode } from "../auth/node-restriction.ts";
import type { User } from "../auth/user.ts";
import { isApiStatusError, noSuchPath } from "../errors.ts";
import { parseRequestPath } from "../request/request-path.ts";
import { storeFailureStatus } from "../store-failure-status.ts";
import { refuseUpgrade, tunnelToPod } from "../subresource/pod-tunnel.ts";
import { isWatchUpgrade, watchOverWebSocket } from "../watch/websocket-watch.ts";
import type { RequestHandling } from "./handle-request.ts";

/** Never rejects. */
export async function handleUpgrade(
  handling: RequestHandling,
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { registry, authenticator, authorizer, audit } = handling;
  socket.on("error", () => socket.destroy());
  const outcome = { statusCode: 101 };
  try {
    const url = new URL(message.url ?? "/", "https://localhost");
    const identity = await identifyUser(authenticator, authorizer, message);
    const users = { user: identity.authenticated, actingAs: undefined as User | undefined };
    if (audit) {
      auditRequest(audit, message, { socket, outcome }, users, (error) =>
        registry.log.error("Failed to write the audit log", { error: String(error) }),
      );
    }
    const user = identity.actingUser();
    if (user !== identity.authenticated) users.actingAs = user;
    const { pathname: path, searchParams: query } = url;
    const method = message.method ?? "GET";
    const target = parseRequestPath(path);
    const isWatch = isWatchUpgrade(method, query, target);
    authorize(authorizer, user, { method, path, query, target, upgrades: !isWatch });
    if (target.kind !== "resource") throw noSuchPath();
    const seen = await restrictNode(registry, { user, method, path, query }, target);
    const upgrade = { message, socket, head, query };
    if (isWatch) await watchOverWebSocket(seen, target, upgrade, handling.closing);
    else await tunnelToPod(seen, handling.nodes, target, upgrade);
  } catch (error) {
    const { status } = isApiStatusError(error) ? error : storeFailureStatus(error);
    outcome.statusCode = status.code ?? 500;
    refuseUpgrade(socket, status);
  }
}
