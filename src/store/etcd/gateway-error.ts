/** GatewayError: why one request to one etcd server failed, by what etcd says (etcdserver/api/v3rpc/rpctypes/error.go). */

export type GatewayReason =
  /** The revision asked for is no longer kept. */
  | "compacted"
  /** The revision asked for is still to come. */
  | "future"
  /** The database has reached its quota. */
  | "full"
  /** A request that this etcd will never take. */
  | "too-large"
  /** Certainly not carried out; another server, or the same one a little later, can do it. */
  | "not-done"
  /** Nobody can say whether it was carried out. */
  | "unknown"
  /** Any other answer of etcd. */
  | "refused";

export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly reason: GatewayReason;

  constructor(reason: GatewayReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const reasons: readonly (readonly [pattern: RegExp, reason: GatewayReason])[] = [
  [/required revision has been compacted/, "compacted"],
  [/required revision is a future revision/, "future"],
  [/database space exceeded/, "full"],
  [/request is too large|too many operations in txn|larger than max/, "too-large"],
  [/no leader|too many requests|all SubConns are in TransientFailure|raft proposal dropped/, "not-done"],
];

const unavailable = 14;
const deadlineExceeded = 4;
const cancelled = 1;
const unknown = 2;

/** `code` is gRPC's. */
export function gatewayError(code: number | undefined, message: string): GatewayError {
  const known = reasons.find(([pattern]) => pattern.test(message))?.[1];
  const isUnsure = code === undefined || [unavailable, deadlineExceeded, cancelled, unknown].includes(code);
  return new GatewayError(known ?? (isUnsure ? "unknown" : "refused"), message);
}

export function hasReason(error: unknown, ...wanted: readonly GatewayReason[]): error is GatewayError {
  return error instanceof GatewayError && wanted.includes(error.reason);
}
