/** ServiceAccountTokens: makes tokens for service accounts, and says whose a token is as long as what it is bound to exists. */
import { randomUUID } from "node:crypto";
import type { KubeObject } from "../../../api/meta.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Store } from "../../../store/index.ts";
import { storageKey } from "../../registry/storage-key.ts";
import type { User } from "../user.ts";
import { openToken, signToken } from "./json-web-token.ts";
import { serviceAccountUser, serviceAccountUserName } from "./service-account-user.ts";
import type { SigningKey } from "./signing-key.ts";
import { asTokenClaims, type BoundObject, type TokenClaims } from "./token-claims.ts";

export interface TokenOrder {
  readonly account: KubeObject;
  readonly audiences: readonly string[];
  readonly seconds: number;
  readonly bound: Pick<TokenClaims["kubernetes.io"], "node" | "pod" | "secret">;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresMs: number;
}

export interface TokenOwner {
  readonly user: User;
  /** Which of the audiences asked for the token is meant for. */
  readonly audiences: readonly string[];
}

export interface ServiceAccountTokens {
  /** Whom tokens are for that name nobody else: the issuer itself. */
  readonly audiences: readonly string[];
  readonly issuer: string;
  readonly key: SigningKey;
  issue(order: TokenOrder): IssuedToken;
  /** undefined for a token that is not ours, has ended, is for others, or is bound to what is gone. */
  find(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined>;
}

export interface ServiceAccountTokenOptions {
  readonly store: Pick<Store, "get">;
  readonly clock: Clock;
  readonly key: SigningKey;
  /** `https://kubernetes.default.svc.cluster.local` */
  readonly issuer: string;
}

export function createServiceAccountTokens(options: ServiceAccountTokenOptions): ServiceAccountTokens {
  const { store, clock, key, issuer } = options;
  return {
    audiences: [issuer],
    issuer,
    key,
    issue({ account: { metadata }, audiences, seconds, bound }) {
      const now = Math.floor(clock.now() / 1000);
      const { name, uid, namespace = "" } = metadata;
      const claims: TokenClaims = {
        aud: audiences,
        exp: now + seconds,
        iat: now,
        iss: issuer,
        jti: randomUUID(),
        "kubernetes.io": { namespace, serviceaccount: { name, uid }, ...bound },
        nbf: now,
        sub: serviceAccountUserName({ namespace, name }),
      };
      return { token: signToken(key, claims), expiresMs: claims.exp * 1000 };
    },
    async find(token, audiences) {
      const claims = asTokenClaims(openToken(key, token));
      const now = clock.now() / 1000;
      if (!claims || claims.iss !== issuer || now >= claims.exp || now < claims.nbf - leewaySeconds) {
        return undefined;
      }
      const shared = audiences.filter((audience) => claims.aud.includes(audience));
      if (shared.length === 0 || !(await isBoundToWhatExists(store, claims))) return undefined;
      return { user: userOf(claims), audiences: shared };
    },
  };
}

/** Clocks of several servers differ a little. */
const leewaySeconds = 60;

async function isBoundToWhatExists(store: Pick<Store, "get">, claims: TokenClaims): Promise<boolean> {
  const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"];
  const needed: readonly (readonly [plural: string, object: BoundObject, namespace: string | undefined])[] = [
    ["serviceaccounts", serviceaccount, namespace],
    ...(pod ? [["pods", pod, namespace] as const] : []),
    ...(secret ? [["secrets", secret, namespace] as const] : []),
    // A pod's token goes with its pod; that names the node for information only.
    ...(node && !pod ? [["nodes", node, undefined] as const] : []),
  ];
  const found = await Promise.all(
    needed.map(async ([plural, { name, uid }, place]) => {
      const entry = await store.get(storageKey({ group: "", plural }, { name, namespace: place }));
      return entry !== undefined && (JSON.parse(entry.value) as KubeObject).metadata.uid === uid;
    }),
  );
  return found.every(Boolean);
}

const extraPrefix = "authentication.kubernetes.io";

function userOf(claims: TokenClaims): User {
  const { namespace, serviceaccount, pod, node } = claims["kubernetes.io"];
  const extra = {
    [`${extraPrefix}/credential-id`]: [`JTI=${claims.jti}`],
    ...(node ? { [`${extraPrefix}/node-name`]: [node.name], [`${extraPrefix}/node-uid`]: [node.uid] } : {}),
    ...(pod ? { [`${extraPrefix}/pod-name`]: [pod.name], [`${extraPrefix}/pod-uid`]: [pod.uid] } : {}),
  };
  return { ...serviceAccountUser({ namespace, name: serviceaccount.name }, serviceaccount.uid), extra };
}
