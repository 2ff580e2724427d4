/** StoreError: what is wrong with the store itself, as opposed to with one request. */

export type StoreErrorCode =
  /** The disk, or the size that the store may have, is used up. Nothing of the commit was kept; reads go on. */
  | "full"
  /** Another process has the file open. */
  | "in-use"
  /** The file is not a store of ours, is damaged, or was written by a newer version. */
  | "unreadable"
  /** The operating system failed to read or write. The outcome of the commit is unknown. */
  | "io"
  /** The store is elsewhere and cannot be reached now; whether a commit took place is said in the message. */
  | "unreachable"
  /** The store was closed. */
  | "closed";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function isStoreError(error: unknown, code: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && error.code === code;
}
