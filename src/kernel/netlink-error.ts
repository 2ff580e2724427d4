/** What the kernel said when it refused a netlink request. */
import { describeErrno, errnoName } from "./system-call-error.ts";

/** A refusal as the kernel sends it: `struct nlmsgerr` and its extended acknowledgement. */
export interface NetlinkRefusal {
  /** Positive, as errno.h has it. */
  readonly errno: number;
  /** The kernel's words, such as `Chain of type "nat" is not supported`. */
  readonly message?: string;
  /** Byte of the request that it is about, its header included. */
  readonly offset?: number;
  /** The attribute that begins there, where its message's table is known: `NEWRULE.expressions[1].lookup.set`. */
  readonly attribute?: string;
  /** Type of an attribute that is missing, inside the one at `missingNest`. */
  readonly missingType?: number;
  readonly missingNest?: number;
}

/** `Cannot add the address 10.0.0.1/24 to "eth0": file already exists (EEXIST)`. */
export class NetlinkError extends Error {
  /** The errno's name; `ENOBUFS`: answers were lost, so what happened is unknown. `EINTR`: a dump was interrupted too often. */
  readonly code: string;
  readonly refusal: NetlinkRefusal;

  constructor(operation: string, refusal: NetlinkRefusal, options?: ErrorOptions) {
    super(`${operation}: ${formatRefusal(refusal)}`, options);
    this.name = "NetlinkError";
    this.code = errnoName(refusal.errno);
    this.refusal = refusal;
  }
}

/** Says whether something is a NetlinkError with one of the codes, any if none is given. */
export function isNetlinkError(error: unknown, ...codes: readonly string[]): error is NetlinkError {
  return error instanceof NetlinkError && (codes.length === 0 || codes.includes(error.code));
}

/** `file already exists (EEXIST): the kernel's words, at byte 36`. */
export function formatRefusal({ errno, message, offset, attribute }: NetlinkRefusal): string {
  const words = message === undefined ? "" : `: ${message}`;
  const at = attribute ?? (offset === undefined ? undefined : `byte ${offset} of the request`);
  const place = at === undefined ? "" : `, at ${at}`;
  return `${describeErrno(errno)} (${errnoName(errno)})${words}${place}`;
}
