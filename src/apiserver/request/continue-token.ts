/** Continue tokens: where the next page of a list begins, and at which revision (apiserver pkg/storage/continue.go). */
import { badRequest } from "../errors.ts";

export interface Continuation {
  /** The state that all pages reflect; -1: the newest, whatever it is by then. */
  readonly revision: number;
  /** The last key of the page before, relative to the listed prefix. */
  readonly after: string;
}

const tokenVersion = "meta.k8s.io/v1";

export function encodeContinue({ revision, after }: Continuation): string {
  const token = JSON.stringify({ v: tokenVersion, rv: revision, start: `${after}\0` });
  return Buffer.from(token).toString("base64url");
}

/** Throws BadRequest. */
export function decodeContinue(token: string): Continuation {
  const parsed = parseToken(token);
  if (parsed.v !== tokenVersion || typeof parsed.rv !== "number" || !Number.isSafeInteger(parsed.rv)) {
    throw invalidToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof parsed.start !== "string" || parsed.start === "") {
    throw invalidToken("encoded start key empty (version meta.k8s.io/v1)");
  }
  return { revision: parsed.rv, after: parsed.start.replace(/\0$/, "") };
}

function parseToken(token: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw invalidToken("it is no base64url-encoded JSON");
  }
  if (typeof value !== "object" || value === null) throw invalidToken("it is no JSON object");
  return value as Record<string, unknown>;
}

function invalidToken(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
