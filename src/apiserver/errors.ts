/** ApiStatusError: every way in which a request fails, in kube-apiserver's words (apimachinery api/errors/errors.go). */
import type { FieldError } from "../api/field-error.ts";
import type { Status, StatusCause, StatusDetails } from "../api/meta.ts";
import { fieldErrorCause, fieldErrorsText, quote } from "./field-error-text.ts";

/** A ResourceDefinition is one. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

/** A ResourceDefinition is one. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

export class ApiStatusError extends Error {
  override readonly name = "ApiStatusError";
  readonly status: Status;
  /** The HTTP status. */
  readonly code: number;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, metadata: object = {}) {
    super(message);
    this.code = code;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata,
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

export function isApiStatusError(error: unknown): error is ApiStatusError {
  return error instanceof ApiStatusError;
}

/** `services` or `deployments.apps` */
export function resourceText({ group, plural }: GroupResource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function kindText({ group, kind }: GroupKind): string {
  return group === "" ? kind : `${kind}.${group}`;
}

function detailsOf({ group, plural }: GroupResource, name?: string): StatusDetails {
  return { ...(name ? { name } : {}), ...(group === "" ? {} : { group }), kind: plural };
}

export function badRequest(message: string): ApiStatusError {
  return new ApiStatusError(400, "BadRequest", message);
}

export function unauthorized(message = "Unauthorized"): ApiStatusError {
  return new ApiStatusError(401, "Unauthorized", message);
}

export function forbidden(
  resource: GroupResource,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ApiStatusError {
  const what = name === "" ? resourceText(resource) : `${resourceText(resource)} ${quote(name)}`;
  const details = detailsOf(resource, name);
  return new ApiStatusError(
    403,
    "Forbidden",
    `${what} is forbidden: ${why}`,
    causes ? { ...details, causes } : details,
  );
}

export function notFound(resource: GroupResource, name: string): ApiStatusError {
  return new ApiStatusError(
    404,
    "NotFound",
    `${resourceText(resource)} ${quote(name)} not found`,
    detailsOf(resource, name),
  );
}

/** A path that no resource is served at. */
export function noSuchPath(): ApiStatusError {
  return new ApiStatusError(404, "NotFound", "the server could not find the requested resource", {});
}

/** A method that the path does not have at all. */
export function methodNotAllowed(): ApiStatusError {
  return new ApiStatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

export function notAcceptable(accepted: readonly string[]): ApiStatusError {
  return new ApiStatusError(
    406,
    "NotAcceptable",
    `only the following media types are accepted: ${accepted.join(", ")}`,
  );
}

export function alreadyExists(resource: GroupResource, name: string): ApiStatusError {
  return new ApiStatusError(
    409,
    "AlreadyExists",
    `${resourceText(resource)} ${quote(name)} already exists`,
    detailsOf(resource, name),
  );
}

export const modifiedMessage =
  "the object has been modified; please apply your changes to the latest version and try again";

export function conflict(resource: GroupResource, name: string, why: string): ApiStatusError {
  return new ApiStatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${resourceText(resource)} ${quote(name)}: ${why}`,
    detailsOf(resource, name),
  );
}

/** Server-side apply met fields that other managers own. */
export function applyConflict(causes: readonly StatusCause[], message: string): ApiStatusError {
  return new ApiStatusError(409, "Conflict", message, { causes });
}

export function gone(message: string): ApiStatusError {
  return new ApiStatusError(410, "Gone", message);
}

/** The requested resourceVersion or continue token is older than the history. */
export function expired(message: string): ApiStatusError {
  return new ApiStatusError(410, "Expired", message);
}

export function requestEntityTooLarge(message: string): ApiStatusError {
  return new ApiStatusError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
}

export function unsupportedMediaType(accepted: readonly string[]): ApiStatusError {
  return new ApiStatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

export function invalid(kind: GroupKind, name: string, errors: readonly FieldError[]): ApiStatusError {
  return new ApiStatusError(
    422,
    "Invalid",
    `${kindText(kind)} ${quote(name)} is invalid: ${fieldErrorsText(errors)}`,
    {
      ...(name === "" ? {} : { name }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      ...(kind.kind === "" ? {} : { kind: kind.kind }),
      causes: errors.map(fieldErrorCause),
    },
  );
}

export function internal(message: string): ApiStatusError {
  return new ApiStatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

/** An error from below the API, told as it is: `message` is not prefixed, there is no reason. */
export function unknownFailure(message: string): ApiStatusError {
  return new ApiStatusError(500, "", message);
}

/** `retryAfterSeconds` also goes into the Retry-After header: client-go then tries again by itself. */
export function serviceUnavailable(message: string, retryAfterSeconds?: number): ApiStatusError {
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return new ApiStatusError(503, "ServiceUnavailable", message, details);
}

/**
 * The store has no room. kube-apiserver passes etcd's words on as a 500 without a reason; RFC 4918 has a status for it, which
 * clients can tell from a defect. etcd's words stand in the message, for those who look for them.
 */
export function insufficientStorage(why: string): ApiStatusError {
  return new ApiStatusError(507, "InsufficientStorage", `mvcc: database space exceeded: ${why}`);
}

export function timeout(message: string, retryAfterSeconds: number): ApiStatusError {
  return new ApiStatusError(504, "Timeout", `Timeout: ${message}`, { retryAfterSeconds });
}

export function tooLargeResourceVersion(requested: number, current: number): ApiStatusError {
  return new ApiStatusError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${requested}, current: ${current}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );
}
