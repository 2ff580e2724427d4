/** /healthz, /livez, /readyz and /version. */

import { methodNotAllowed } from "../errors.ts";
import { type Answer, jsonAnswer, textAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { RequestTarget } from "../request/request-path.ts";
import { serverVersion } from "./version.ts";

const checks: readonly string[] = ["ping", "log", "etcd"];

/** undefined for other paths. A server that answers at all has its store open: that is the whole check. */
export function handleHealth({ method, query }: ApiRequest, target: RequestTarget): Answer | undefined {
  if (target.kind !== "other") return undefined;
  const [endpoint = "", check, ...more] = target.segments;
  if (endpoint === "version" && check === undefined) {
    if (method !== "GET") throw methodNotAllowed();
    return jsonAnswer(200, serverVersion);
  }
  if (!["healthz", "livez", "readyz"].includes(endpoint) || more.length > 0) return undefined;
  if (check !== undefined) return checks.includes(check) ? textAnswer(200, "ok") : undefined;
  if (!query.has("verbose")) return textAnswer(200, "ok");
  const lines = checks.map((name) => `[+]${name} ok`);
  return textAnswer(200, `${lines.join("\n")}\n${endpoint} check passed\n`);
}
