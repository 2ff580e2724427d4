/**
 * Who may read: whoever has the token that the dashboard's address ends with. Every user of the machine can connect to a loopback port, and
 * every page in a browser can send requests there.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const tokenBytes = 24;

/** As part of an address: letters, digits, "-" and "_". */
export function makeToken(): string {
  return randomBytes(tokenBytes).toString("base64url");
}

/** The token is sent as `Authorization: Bearer`, never as a cookie: cookies are sent to all ports of a host (RFC 6265, 8.5). */
export function hasToken({ authorization = "" }: IncomingHttpHeaders, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}

/** The port may be another one, as through `ssh -L`. */
const ownHosts = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Undefined if the request comes from the dashboard's own page or from no page at all; otherwise why not. A foreign name that was made to lead
 * here (DNS rebinding) stands in Host.
 */
export function refuseForeign(headers: IncomingHttpHeaders): string | undefined {
  const { host = "", origin } = headers;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (!ownHosts.has(name)) return "Open the dashboard by 127.0.0.1 or localhost, not by another name";
  if (origin !== undefined && origin !== `http://${host}`) return "Requests from other pages are refused";
  const site = headers["sec-fetch-site"] ?? "none";
  if (!["same-origin", "none"].includes(String(site)) && headers["sec-fetch-mode"] !== "navigate")
    return "Requests from other pages are refused";
  return undefined;
}
