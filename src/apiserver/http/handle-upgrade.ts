/** Upgrade requests: exec, attach and port-forward. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { auditRequest } from "../audit/audit-request.ts";
import { authorize } from "../auth/authorize.ts";
import { isApiStatusError, noSuchPath } from "../errors.ts";
import { parseRequestPath } from "../request/request-path.ts";
import { storeFailureStatus } from "../store-failure-status.ts";
import { refuseUpgrade, tunnelToPod } from "../subresource/pod-tunnel.ts";
import type { RequestHandling } from "./handle-request.ts";

/** Never rejects. */
export async function handleUpgrade(
  { registry, nodes, authenticate, authorizer, audit }: RequestHandling,
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const url = new URL(message.url ?? "/", "https://localhost");
  const user = authenticate(message);
  const outcome = { statusCode: 101 };
  if (audit) {
    auditRequest(audit, message, { socket, outcome }, user, (error) =>
      registry.log.error("Failed to write the audit log", { error: String(error) }),
    );
  }
  try {
    const target = parseRequestPath(url.pathname);
    const { pathname: path, searchParams: query } = url;
    authorize(authorizer, user, {
      method: message.method ?? "GET",
      path,
      query,
      target,
      upgrades: true,
    });
    if (target.kind !== "resource") throw noSuchPath();
    await tunnelToPod(registry, nodes, target, { message, socket, head, query: url.searchParams });
  } catch (error) {
    const status = isApiStatusError(error) ? error.status : storeFailureStatus(error).status;
    outcome.statusCode = status.code ?? 500;
    refuseUpgrade(socket, status);
  }
}
