/** What a write carries beside its object. */
import type { FieldValidation } from "../request/query-options.ts";

export interface WriteContext {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Whom managedFields names: the fieldManager option, or the beginning of the User-Agent. */
  readonly fieldManager: string;
  /** Server-side apply may take fields from other managers. */
  readonly force: boolean;
  /** The answer gets a Warning header with this text. */
  warn(text: string): void;
}

/** RFC 3339 with seconds: `2026-01-02T03:04:05Z` */
export function timestamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}
