/** What the failure of the store is to a client. */
import { isStoreError } from "../store/index.ts";
import {
  type ApiStatusError,
  insufficientStorage,
  internal,
  serviceUnavailable,
  unknownFailure,
} from "./errors.ts";

const retryAfterSeconds = 1;

/**
 * Where certainly nothing happened, 503 with Retry-After, which clients follow by themselves. Where nobody knows whether a write
 * took place, 500 without it and without a reason, as kube-apiserver passes on what etcd says: the client must look first.
 */
export function storeFailureStatus(error: unknown): ApiStatusError {
  const message = error instanceof Error ? error.message : String(error);
  if (isStoreError(error, "full")) return insufficientStorage(message);
  if (isStoreError(error, "unreachable") || isStoreError(error, "closed")) {
    return serviceUnavailable(message, retryAfterSeconds);
  }
  return isStoreError(error, "io") ? unknownFailure(message) : internal(message);
}
