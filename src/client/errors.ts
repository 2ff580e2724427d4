/** What can go wrong between a component and the API server. */
import type { Status } from "../api/meta.ts";

/** The server answered with a Status (apimachinery's metav1.Status), or with an HTTP error that one is made from. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: Status;
  /** The HTTP status: 409, say. */
  readonly code: number;
  /** `Conflict`; empty if the server gave none. */
  readonly reason: string;
  /** `PUT /api/v1/namespaces/default/services/web` */
  readonly request: string;

  constructor(status: Status, code: number, request: string) {
    super(status.message ?? `the server answered ${request} with HTTP status ${code}`);
    this.status = status;
    this.code = code;
    this.reason = status.reason ?? "";
    this.request = request;
  }
}

export type NetworkErrorCode =
  /** Nobody could be reached: refused, no route, name unknown. */
  | "unreachable"
  /** The connection ended before the answer did. */
  | "closed"
  | "timeout"
  /** The two sides do not trust each other's certificates, or one does not speak TLS. */
  | "tls"
  /** What came back is not what a Kubernetes API server says. */
  | "protocol";

/** No usable answer came. The message names the server and what to do. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A kubeconfig cannot be used. The message names the file, the context and the field. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

function isApiError(error: unknown, code: number, reason?: string): error is ApiError {
  return (
    error instanceof ApiError && error.code === code && (reason === undefined || error.reason === reason)
  );
}

export const isNotFound = (error: unknown): error is ApiError => isApiError(error, 404);
/** The object changed since it was read, or a precondition of a delete failed. */
export const isConflict = (error: unknown): error is ApiError => isApiError(error, 409, "Conflict");
export const isAlreadyExists = (error: unknown): error is ApiError => isApiError(error, 409, "AlreadyExists");
/** The resourceVersion or continue token is older than the history that the server keeps. */
export const isGone = (error: unknown): error is ApiError => isApiError(error, 410);
export const isForbidden = (error: unknown): error is ApiError => isApiError(error, 403);
export const isUnauthorized = (error: unknown): error is ApiError => isApiError(error, 401);
export const isInvalid = (error: unknown): error is ApiError => isApiError(error, 422);
export const isTooManyRequests = (error: unknown): error is ApiError => isApiError(error, 429);
export const isNetworkError = (error: unknown): error is NetworkError => error instanceof NetworkError;
/** A create in a namespace that is being deleted: trying again is of no use. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  isForbidden(error) &&
  (error.status.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") ?? false);
