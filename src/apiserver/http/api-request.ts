/** ApiRequest: an authenticated request, taken apart. */
import type { IncomingMessage } from "node:http";
import type { User } from "../auth/user.ts";

export interface ApiRequest {
  readonly message: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: User | undefined;
  /** Fires when the client goes away or the server closes. */
  readonly signal: AbortSignal;
  /** The answer gets a Warning header. */
  warn(text: string): void;
}

/** The name before the first "/" of the User-Agent: `kubectl`. What managedFields calls a client that does not name itself. */
export function agentName({ message }: ApiRequest): string {
  return (message.headers["user-agent"] ?? "").split("/")[0] || "unknown";
}

const browsers: readonly string[] = ["curl/", "Wget/", "Mozilla/5.0"];

/** Indented JSON for whoever asks, and for people who look with curl or a browser. */
export function wantsPretty({ message, query }: Pick<ApiRequest, "message" | "query">): boolean {
  const wish = query.get("pretty");
  if (wish !== null) return wish !== "false" && wish !== "0";
  const agent = message.headers["user-agent"] ?? "";
  return browsers.some((browser) => agent.startsWith(browser));
}
