/** What a token of a service account says (kubernetes/pkg/serviceaccount/claims.go). */

export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

export interface TokenClaims {
  readonly aud: readonly string[];
  /** Seconds since the epoch, like `iat` and `nbf`. */
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly iss: string;
  readonly jti: string;
  readonly sub: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: BoundObject;
    readonly node?: BoundObject;
    readonly pod?: BoundObject;
    readonly secret?: BoundObject;
  };
}

/** NOTE: only for what our own key has signed: nobody else can have made other shapes. */
export function asTokenClaims(value: unknown): TokenClaims | undefined {
  const claims = value as TokenClaims | undefined;
  return claims?.["kubernetes.io"] === undefined || !Array.isArray(claims.aud) ? undefined : claims;
}
