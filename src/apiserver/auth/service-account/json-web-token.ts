/** JSON Web Tokens (RFC 7519) with ES256 (RFC 7518, 3.4), and no other algorithm: what is not signed so is no token of ours. */
import { sign, verify } from "node:crypto";
import type { SigningKey } from "./signing-key.ts";

const algorithm = "ES256";
/** The signature is r and s, 32 bytes each, not ASN.1. */
const dsaEncoding = "ieee-p1363";

export function signToken({ privateKey, id }: SigningKey, claims: object): string {
  const unsigned = `${encode({ alg: algorithm, kid: id })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(unsigned), { key: privateKey, dsaEncoding });
  return `${unsigned}.${signature.toString("base64url")}`;
}

/** The claims of a token that this key signed; undefined for any other text. */
export function openToken({ publicKey, id }: SigningKey, token: string): unknown {
  const [head = "", body = "", signature = "", ...more] = token.split(".");
  if (more.length > 0) return undefined;
  const { alg, kid } = (decode(head) ?? {}) as { readonly alg?: unknown; readonly kid?: unknown };
  if (alg !== algorithm || kid !== id) return undefined;
  const signed = Buffer.from(`${head}.${body}`);
  const isOurs = verify(
    "sha256",
    signed,
    { key: publicKey, dsaEncoding },
    Buffer.from(signature, "base64url"),
  );
  return isOurs ? decode(body) : undefined;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
