/** What etcd answers, as what a store throws. */
import { StoreError } from "../errors.ts";
import { CompactedError } from "../store.ts";
import { GatewayError } from "./gateway-error.ts";

/** The error to throw for one that a request threw; errors of any other kind come back as they are. `oldest`: as far as it is known. */
export function storeFailure(
  error: unknown,
  { action, servers, revision = 0, oldest }: FailedRequest,
): unknown {
  if (!(error instanceof GatewayError)) return error;
  const because = { cause: error };
  const what = `Cannot ${action} etcd at ${servers}`;
  switch (error.reason) {
    case "compacted":
      return new CompactedError(revision, Math.max(oldest, revision + 1));
    case "future":
      return new RangeError(`Cannot ${action} etcd at revision ${revision}: it is still to come`, because);
    case "too-large":
      return new RangeError(
        `${what}: ${error.message} (etcd's --max-request-bytes and --max-txn-ops are the limits)`,
        because,
      );
    case "full":
      return new StoreError(
        "full",
        `${what}: its database has reached its quota. Nothing was changed; compact and defragment it or raise ` +
          "--quota-backend-bytes, then run: etcdctl alarm disarm",
        because,
      );
    case "not-done":
      return new StoreError(
        "unreachable",
        `${what}: ${error.message}. Nothing was changed; check that a majority of its servers runs`,
        because,
      );
    case "unknown":
      return new StoreError(
        action === "write to" ? "io" : "unreachable",
        `${what}: ${error.message}${action === "write to" ? ". Whether it was written is unknown" : ""}`,
        because,
      );
    case "refused":
      return new StoreError("io", `${what}: ${error.message}`, because);
  }
}

export interface FailedRequest {
  readonly action: "read from" | "write to" | "compact";
  readonly servers: string;
  readonly revision?: number | undefined;
  readonly oldest: number;
}
