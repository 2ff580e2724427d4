/** One request as an audit.k8s.io/v1 Event at level Metadata: who asked for what, and what came of it; never headers, bodies or tokens. */
import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { attributesOf } from "../auth/request-attributes.ts";
import { anonymousUser, type User, unauthenticatedGroup, userInfo } from "../auth/user.ts";
import { parseRequestPath } from "../request/request-path.ts";
import type { AuditLog } from "./audit-log.ts";

const maxUriLength = 2048;
const maxAgentLength = 256;

/** `users` is read at the end. Writes the event when `socket`, a response or an upgraded connection, closes. `onError` hears of a log that cannot be written. */
export function auditRequest(
  log: AuditLog,
  message: IncomingMessage,
  { socket, outcome }: { readonly socket: EventEmitter; readonly outcome: { readonly statusCode: number } },
  users: { readonly user: User | undefined; readonly actingAs: User | undefined },
  onError: (error: unknown) => void,
): void {
  const received = new Date().toISOString();
  const source = message.socket.remoteAddress;
  socket.once("close", () => {
    try {
      log.write(
        auditEvent(message, users.user, {
          received,
          source,
          code: outcome.statusCode,
          actingAs: users.actingAs,
        }),
      );
    } catch (error) {
      onError(error);
    }
  });
}

const nobody: User = { name: anonymousUser, uid: "", groups: [unauthenticatedGroup] };

export interface Outcome {
  /** RFC 3339 with fractions. */
  readonly received: string;
  readonly source: string | undefined;
  readonly code: number;
  /** The user that the request was made as, if not as oneself. */
  readonly actingAs?: User | undefined;
}

export function auditEvent(
  { method = "GET", url = "/", headers }: Pick<IncomingMessage, "method" | "url" | "headers">,
  user: User | undefined,
  { received, source, code, actingAs }: Outcome,
): object {
  const [path = "/", search = ""] = url.split("?");
  const target = parseRequestPath(path);
  const attributes = attributesOf(method, path, new URLSearchParams(search), target);
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: randomUUID(),
    stage: "ResponseComplete",
    requestURI: url.slice(0, maxUriLength),
    verb: attributes.verb,
    user: userInfo(user ?? nobody),
    ...(actingAs ? { impersonatedUser: userInfo(actingAs) } : {}),
    sourceIPs: source === undefined ? [] : [source],
    userAgent: (headers["user-agent"] ?? "").slice(0, maxAgentLength),
    ...(attributes.kind === "resource" && target.kind === "resource"
      ? {
          objectRef: {
            resource: attributes.resource,
            ...(attributes.namespace === "" ? {} : { namespace: attributes.namespace }),
            ...(attributes.name === "" ? {} : { name: attributes.name }),
            ...(attributes.group === "" ? {} : { apiGroup: attributes.group }),
            apiVersion: target.version,
            ...(attributes.subresource === "" ? {} : { subresource: attributes.subresource }),
          },
        }
      : {}),
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: received,
    stageTimestamp: new Date().toISOString(),
  };
}
