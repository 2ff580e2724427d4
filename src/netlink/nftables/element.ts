/** SetElement: one element of a set or map. */
import type { Verdict } from "./data.ts";

export interface SetElement {
  /** The fields' bytes, see packKey. Left out in the catch-all element alone. */
  readonly key?: Uint8Array;
  /** The last key of a range, in sets of concatenated ranges. In other interval sets a range is two elements, see splitRange. */
  readonly keyEnd?: Uint8Array;
  /** Of a map: the fields' bytes, see packKey. */
  readonly data?: Uint8Array | Verdict;
  /** Milliseconds; the set's own if left out. */
  readonly timeoutMs?: number;
  /** Milliseconds that are left. */
  readonly expirationMs?: number;
  /** What people see who list the set; up to 127 bytes. */
  readonly comment?: string;
  /** Ends the range before it: the first key that is no longer in it. */
  readonly intervalEnd?: true;
  /** The range that begins here has no end. */
  readonly openEnd?: true;
  /** Matches what no other element does. */
  readonly catchAll?: true;
  /** What its counter has counted; read only. */
  readonly counted?: { readonly packets: bigint; readonly bytes: bigint };
}
